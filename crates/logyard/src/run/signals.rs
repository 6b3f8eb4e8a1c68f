use std::future::poll_fn;
use std::io;
use std::task::Poll;

use rustix::process::Signal;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// Those that ask a process to end.
pub(super) const ENDING: [Signal; 3] = [Signal::TERM, Signal::INT, Signal::QUIT];

/// Those that are passed on, besides: what services use, such as gunicorn (HUP, USR1, USR2, WINCH, TTIN, TTOU).
const OTHERS: [Signal; 7] = [
    Signal::HUP,
    Signal::USR1,
    Signal::USR2,
    Signal::WINCH,
    Signal::TTIN,
    Signal::TTOU,
    Signal::ALARM,
];

/// The signals of this process, and that of a child that has ended.
pub(super) struct Signals(Vec<(Signal, Stream)>);

impl Signals {
    /// From now on, none is missed.
    pub(super) fn new() -> io::Result<Signals> {
        let all = ENDING.into_iter().chain(OTHERS).chain([Signal::CHILD]);
        let stream = |number: Signal| Ok((number, signal(SignalKind::from_raw(number.as_raw()))?));
        all.map(stream).collect::<io::Result<_>>().map(Signals)
    }

    pub(super) async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            for (number, stream) in &mut self.0 {
                if let Poll::Ready(Some(())) = stream.poll_recv(context) {
                    return Poll::Ready(*number);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The next one that asks to end.
    pub(super) async fn next_ending(&mut self) -> Signal {
        loop {
            let signal = self.next().await;
            if ENDING.contains(&signal) {
                return signal;
            }
        }
    }
}
