use std::fs::File;
use std::os::fd::AsRawFd;

/// How much the thread steps back for others: well below everything that was not touched, and still above
/// what was started with `nice -n 19`.
const NICE: i32 = 10;

/// From linux/ioprio.h, which the `libc` crate lacks.
const IOPRIO_WHO_PROCESS: libc::c_int = 1;
const IOPRIO_CLASS_IDLE: libc::c_int = 3;
const IOPRIO_CLASS_SHIFT: libc::c_int = 13;

/// Lets the calling thread work in the background: the processor and, where the disk's scheduler knows
/// classes, the disk are its own only when others don't want them. It can't be taken back.
pub fn work_in_background() {
    // SAFETY: both take numbers and touch no memory of ours; 0 is the calling thread. An error changes
    // nothing.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICE);
        let idle = IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT;
        libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, idle);
    }
}

/// Starts to write a file to the disk, without waiting: where many files are synced, one after the other,
/// they have their places then, and the first sync has done the most for all of them.
pub fn start_writing(file: &File) {
    // SAFETY: the descriptor is open as long as `file` lives; the rest are numbers. An error changes nothing.
    unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_calling_thread_steps_back() {
        // the nice value is the 19th field, and behind the name there are no other brackets
        fn nice() -> i32 {
            let about = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let (_, fields) = about.rsplit_once(')').unwrap();
            fields.split_whitespace().nth(16).unwrap().parse().unwrap()
        }
        let before = nice();
        let there = std::thread::spawn(|| {
            work_in_background();
            nice()
        });
        assert_eq!(there.join().unwrap(), before.max(NICE));
        assert_eq!(nice(), before);
    }
}
