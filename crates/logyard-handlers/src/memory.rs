use crate::run::Run;

/// `MemoryHandler`: keeps lines until one is grave enough or there are enough of them.
///
/// The lines must be formatted by the *target's* formatter, as CPython formats them when it flushes.
/// After [`Writer::write`](crate::Writer::write) and [`Writer::close`](crate::Writer::close), write
/// [`Memory::due`] to the target (whose own level CPython does not look at), and call
/// [`Memory::forget`].
#[derive(Debug)]
pub struct Memory {
    capacity: u64,
    flush_level: i64,
    flush_on_close: bool,
    has_target: bool,
    text: Vec<u8>,
    ends: Vec<u32>,
    levels: Vec<i32>,
    /// How many of the lines are to be flushed.
    due: usize,
}

impl Memory {
    /// Most bytes that are kept; when a line would go beyond, all is flushed, whatever `capacity`
    /// says. CPython's limit is the number of records alone, and theirs is any size.
    pub const LIMIT: usize = 16 << 20;

    pub(crate) fn new(
        capacity: u64,
        flush_level: i64,
        flush_on_close: bool,
        has_target: bool,
    ) -> Memory {
        Memory {
            capacity,
            flush_level,
            flush_on_close,
            has_target,
            text: Vec::new(),
            ends: Vec::new(),
            levels: Vec::new(),
            due: 0,
        }
    }

    /// Adds the run's lines. Without a target they are dropped: CPython keeps them until its end,
    /// and never shows them.
    pub(crate) fn write(&mut self, run: &Run) {
        if !self.has_target {
            return;
        }
        for index in run.first()..run.ends.len() {
            let level = run.levels.get(index).copied().unwrap_or(i32::MAX);
            self.push(run.part(run.start(index), run.end(index)), level);
        }
    }

    fn push(&mut self, line: &[u8], level: i32) {
        self.text.extend_from_slice(line);
        // Far below 4 GiB by `LIMIT`, as long as due lines are taken; else the last end stands.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.levels.push(level);
        let waiting = self.ends.len() - self.due;
        if u64::try_from(waiting).unwrap_or(u64::MAX) >= self.capacity
            || i64::from(level) >= self.flush_level
            || self.text.len() >= Memory::LIMIT
        {
            self.due = self.ends.len();
        }
    }

    /// Whether it keeps no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The lines to write to the target now.
    pub fn due(&self) -> Option<Run<'_>> {
        let ends = self.ends.get(..self.due).filter(|ends| !ends.is_empty())?;
        let levels = self.levels.get(..self.due).unwrap_or_default();
        let end = ends.last().map_or(0, |&end| end as usize);
        let text = self.text.get(..end).unwrap_or_default();
        Some(Run::new(text, ends, levels))
    }

    /// Forgets the due lines: the target has taken them.
    pub fn forget(&mut self) {
        let Some(run) = self.due() else { return };
        let (all, lines) = (run.text.len(), run.ends.len());
        self.text.drain(..all);
        self.ends.drain(..lines);
        self.levels.drain(..lines);
        let shift = u32::try_from(all).unwrap_or(u32::MAX);
        self.ends.iter_mut().for_each(|end| *end = end.saturating_sub(shift));
        self.due = 0;
    }

    pub(crate) fn close(&mut self) {
        if self.flush_on_close {
            self.due = self.ends.len();
        } else {
            // What is due already stays so.
            let end = self.due().map_or(0, |run| run.text.len());
            self.text.truncate(end);
            self.ends.truncate(self.due);
            self.levels.truncate(self.due);
        }
        self.has_target = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(memory: &mut Memory, lines: &[(&str, i32)]) {
        let (mut text, mut ends, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        for (line, level) in lines {
            text.extend_from_slice(line.as_bytes());
            ends.push(text.len() as u32);
            levels.push(*level);
        }
        memory.write(&Run::new(&text, &ends, &levels));
    }

    fn take(memory: &mut Memory) -> String {
        let text = memory.due().map_or(Vec::new(), |run| run.text.to_vec());
        memory.forget();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn flushes_at_capacity_and_keeps_the_rest() {
        let mut memory = Memory::new(3, 40, true, true);
        add(&mut memory, &[("1\n", 20), ("2\n", 20)]);
        assert!(memory.due().is_none());
        add(&mut memory, &[("3\n", 20), ("4\n", 20)]);
        assert_eq!(take(&mut memory), "1\n2\n3\n");
        assert_eq!(memory.ends.len(), 1);
        add(&mut memory, &[("5\n", 40), ("6\n", 39)]);
        assert_eq!(take(&mut memory), "4\n5\n");
        memory.close();
        assert_eq!(take(&mut memory), "6\n");
        add(&mut memory, &[("7\n", 50)]);
        assert!(memory.ends.is_empty());
    }

    #[test]
    fn two_flushes_within_a_run_are_one() {
        let mut memory = Memory::new(2, 40, false, true);
        add(&mut memory, &[("1\n", 0), ("2\n", 0), ("3\n", 0), ("4\n", 0), ("5\n", 0)]);
        assert_eq!(take(&mut memory), "1\n2\n3\n4\n");
        memory.close();
        assert!(memory.ends.is_empty());
    }

    #[test]
    fn bytes_are_bounded() {
        let mut memory = Memory::new(u64::MAX, i64::MAX, false, true);
        let line = format!("{}\n", "x".repeat(Memory::LIMIT / 2));
        add(&mut memory, &[(&line, 0)]);
        assert!(memory.due().is_none());
        add(&mut memory, &[(&line, 0)]);
        assert_eq!(memory.due().unwrap().ends.len(), 2);
    }

    #[test]
    fn without_a_target_nothing_is_kept() {
        let mut memory = Memory::new(1, 0, true, false);
        add(&mut memory, &[("1\n", 50)]);
        assert!(memory.ends.is_empty() && memory.due().is_none());
    }
}
