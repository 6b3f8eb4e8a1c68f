use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::follow::Follower;
use super::marks::Marks;
use crate::cli::{Canary, Protocol};
use crate::client::{Record, Sender, Stream};

/// How often to look: at first, and later.
const SOON: Duration = Duration::from_millis(5);
const LATER: Duration = Duration::from_millis(50);

/// How long to look on when all were found: for those that come twice.
const TWICE: Duration = Duration::from_millis(200);

/// What became of the records of one round.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Report {
    pub(super) sent: u64,
    pub(super) missing: u64,
    /// Copies beyond the first.
    pub(super) doubled: u64,
    pub(super) out_of_order: u64,
    /// From sending to being seen, in seconds: of those that were found, the shortest first.
    pub(super) delays: Vec<f64>,
    /// Why not all were sent.
    pub(super) error: Option<String>,
}

impl Report {
    pub(super) fn is_well(&self) -> bool {
        self.error.is_none() && (self.missing, self.doubled, self.out_of_order) == (0, 0, 0)
    }

    /// The median and the longest.
    pub(super) fn delay(&self) -> Option<(f64, f64)> {
        Some((*self.delays.get(self.delays.len() / 2)?, *self.delays.last()?))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { sent, missing, doubled, out_of_order, .. } = self;
        let found = sent - missing;
        write!(
            f,
            "sent {sent}, found {found}, missing {missing}, doubled {doubled}, out of order {out_of_order}"
        )?;
        if let Some((median, longest)) = self.delay() {
            write!(f, "; delay {:.1} ms, at most {:.1} ms", median * 1e3, longest * 1e3)?;
        }
        match &self.error {
            Some(error) => write!(f, "; not all could be sent: {error}"),
            None => Ok(()),
        }
    }
}

/// The file can't be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot look into {file}: {error}")]
pub(super) struct Unreadable {
    file: String,
    error: std::io::Error,
}

/// Sends, and looks until all were found or the time is over.
pub(super) fn run(arguments: &Canary) -> Result<Report, Unreadable> {
    let unreadable = |error| Unreadable { file: arguments.file.display().to_string(), error };
    let mut marks = Marks::new(arguments.count as usize).map_err(unreadable)?;
    let mut follower = Follower::start(&arguments.file).map_err(unreadable)?;
    let until = Instant::now() + Duration::from_secs_f64(arguments.timeout);
    let sending = send(arguments, &mut marks, until);
    let start = Instant::now();
    let mut complete = None;
    loop {
        follower.look(&mut marks).map_err(unreadable)?;
        let now = Instant::now();
        if marks.any_missing() && (follower.exchanged || now >= until) {
            follower.search_rolled(&mut marks).map_err(unreadable)?;
        }
        if marks.any_missing() {
            complete = None;
        } else if now.duration_since(*complete.get_or_insert(now)) >= TWICE {
            break;
        }
        // once all are there, a double one gets its time
        if now >= until && complete.is_none() {
            break;
        }
        let pause = if start.elapsed() < Duration::from_secs(1) { SOON } else { LATER };
        std::thread::sleep(pause);
    }
    let sent = marks.all.iter().filter(|mark| mark.sent.is_some());
    let missing = sent.clone().filter(|mark| mark.seen.is_none()).count() as u64;
    let delay = |mark: &super::marks::Mark| {
        Some(mark.seen?.saturating_duration_since(mark.sent?).as_secs_f64())
    };
    let mut delays: Vec<f64> = sent.clone().filter_map(delay).collect();
    delays.sort_by(f64::total_cmp);
    Ok(Report {
        sent: sent.count() as u64,
        missing,
        doubled: marks.all.iter().map(|mark| mark.times.saturating_sub(1)).sum(),
        out_of_order: marks.out_of_order,
        delays,
        error: sending.err().map(|error| error.to_string()),
    })
}

fn send(arguments: &Canary, marks: &mut Marks, until: Instant) -> std::io::Result<()> {
    let frame = |marks: &Marks, number| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Record {
            logger: &arguments.logger,
            message: &marks.text(number),
            level: arguments.level,
            created: now.as_secs_f64(),
            process: std::process::id(),
            process_name: "canary",
        }
        .frame()
    };
    match arguments.protocol {
        Protocol::Stock => {
            let mut stream = Stream::connect(&arguments.address)?;
            for number in 0..marks.all.len() {
                marks.all[number].sent = Some(Instant::now());
                if let Err(error) = stream.write_all(&frame(marks, number)) {
                    marks.all[number].sent = None;
                    return Err(error);
                }
            }
            // what was sent is read, though nothing more comes
            stream.finish()
        }
        Protocol::Acknowledged => {
            let mut sender = Sender::new(arguments.address.clone(), "canary")?;
            for number in 0..marks.all.len() {
                sender.push(frame(marks, number));
                marks.all[number].sent = Some(Instant::now());
            }
            sender.go_on(0, until).inspect_err(|_| {
                // those are the last ones
                let acknowledged = marks.all.len() - sender.open();
                marks.all[acknowledged..].iter_mut().for_each(|mark| mark.sent = None);
            })
        }
    }
}
