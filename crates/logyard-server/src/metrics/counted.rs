use logyard_record::Record;

/// The standard levels, by which records are counted: each stands for what reaches it and not the next.
pub const LEVELS: [&str; 6] = ["notset", "debug", "info", "warning", "error", "critical"];

/// What one read of one connection has brought: summed where it is decoded, added to the metrics once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// Records that could be read, by level.
    pub(crate) levels: [u32; LEVELS.len()],
    /// Their frames' bytes, with the lengths before them.
    pub(crate) bytes: u64,
    /// `created` of the first of them, in seconds since 1970.
    pub(crate) created: Option<f64>,
}

impl Counted {
    /// Counts a record of a frame of that many bytes.
    pub(crate) fn add(&mut self, record: &Record<'_>, frame: usize) {
        if self.bytes == 0 {
            self.created = record.created();
        }
        self.levels[bucket(record.levelno())] += 1;
        self.bytes += frame as u64 + 4;
    }

    /// Records that could be read.
    pub(crate) fn records(&self) -> u64 {
        self.levels.iter().map(|&records| u64::from(records)).sum()
    }
}

fn bucket(level: i64) -> usize {
    (level.clamp(0, 50) / 10) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_its_bucket() {
        let name = |level| LEVELS[bucket(level)];
        assert_eq!([i64::MIN, 9, 10, 25].map(name), ["notset", "notset", "debug", "info"]);
        assert_eq!([30, 49, 50, i64::MAX].map(name), ["warning", "error", "critical", "critical"]);
    }
}
