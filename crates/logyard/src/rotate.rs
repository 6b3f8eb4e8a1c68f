use std::process::ExitCode;

use logyard_libc::Zone;
use logyard_logrotate::{CopyTruncate, Lock, Options};
use logyard_rotate::Clock;

use crate::cli::Rotate;
use crate::exit;

/// Exit codes are logrotate's: 0, 1 after an error, 3 where the state file is locked.
pub(crate) fn run(arguments: Rotate) -> ExitCode {
    let lock = match (arguments.skip_state_lock, arguments.wait_for_state_lock) {
        (true, _) => Lock::Skip,
        (_, true) => Lock::Wait,
        _ => Lock::Try,
    };
    let copy_truncate = match (arguments.classic_copytruncate, arguments.strict) {
        (true, _) => CopyTruncate::Classic,
        (_, true) => CopyTruncate::Strict,
        _ => CopyTruncate::LossFree,
    };
    let options = Options {
        configurations: arguments.configurations,
        debug: arguments.debug,
        force: arguments.force,
        verbose: arguments.verbose,
        state: arguments.state,
        log: arguments.log,
        mail: arguments.mail,
        lock,
        copy_truncate,
    };
    if arguments.daemon {
        return match logyard_server::rotate_daemon(options, Zone::Process) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => exit::run_time(&format!("can't start: {error}")),
        };
    }
    let outcome = logyard_logrotate::rotate(&options, &Clock::System, Zone::Process);
    ExitCode::from(outcome as u8)
}
