//! What differs in a record and its text.

use crate::Compat;

impl Compat {
    /// Records have a `taskName`, None if the client sent none: since 3.12. Before, it is there only if
    /// the client sent it.
    pub fn records_have_task_name(self) -> bool {
        self >= Compat::Py312
    }

    /// The `msecs` that a record without its own gets, which was received at `micros` microseconds since
    /// the epoch: whole since 3.10 (gh-89047), and never rounded down to the one before since 3.13.
    pub fn milliseconds(self, micros: i64) -> f64 {
        let of_second = || (micros as f64 / 1e6).fract() * 1000.0;
        match self {
            Compat::Py38 | Compat::Py39 => of_second(),
            Compat::Py310 | Compat::Py311 | Compat::Py312 => of_second().trunc(),
            Compat::Py313 | Compat::Py314 => (micros.rem_euclid(1_000_000) / 1000) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_those_of_log_record() {
        let at = |compat: Compat| compat.milliseconds(1_700_000_000_007_000);
        // What CPython 3.9.18, 3.12.1 and 3.13.0 have for that moment.
        assert_eq!(at(Compat::Py39), 6.999_969_482_421_875);
        assert_eq!((at(Compat::Py312), at(Compat::Py313)), (6.0, 7.0));
    }
}
