//! Commands on a terminal, as people run them.

use std::fs::File;
use std::io::Read;
use std::process::{Command, ExitStatus};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Runs a command to its end on a terminal of its own, 100 columns wide; all that it wrote there, as text.
pub fn on_terminal(mut command: Command) -> (ExitStatus, String) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
    grantpt(&screen).expect("it is ours");
    unlockpt(&screen).expect("it is ours");
    let name = ptsname(&screen, Vec::new()).expect("it has a name");
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let terminal = rustix::fs::open(&name, flags, Mode::empty()).expect("it can be opened");
    let size = Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).expect("it has a size");
    let end = || terminal.try_clone().expect("there are descriptors");
    command.stdin(end()).stdout(end()).stderr(end());
    let mut child = command.spawn().expect("it can be run");
    // only the child holds the terminal now: when it has ended, reading ends
    drop((command, terminal));
    let (mut screen, mut shown, mut part) = (File::from(screen), Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = screen.read(&mut part) {
        shown.extend(part.iter().take(read));
    }
    let status = child.wait().expect("a child can be waited for");
    (status, String::from_utf8(shown).expect("it writes UTF-8"))
}
