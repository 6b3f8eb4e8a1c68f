//! What was found, with the records around it as grep shows lines.

use std::collections::VecDeque;

use logyard_query::Query;

use super::log::{Found, Merged};
use crate::search::out::Out;
use crate::search::{Arguments, Failed};

/// Text of records that wait for one that is found: lines may be long.
const MOST_HELD: usize = 64 << 20;

/// Shows the records that match.
pub(super) fn show(
    arguments: &Arguments,
    query: &Query,
    records: &mut Merged,
    out: &mut Out,
) -> Result<(), Failed> {
    let around = arguments.around();
    // what is shown first, in the order of the output
    let (above, below) = match arguments.oldest_first {
        true => (around.before, around.after),
        false => (around.after, around.before),
    };
    let mut left = arguments.lines.unwrap_or(u64::MAX);
    let mut held: VecDeque<Found> = VecDeque::new();
    let mut bytes = 0;
    // how many to come are shown for the one before; whether some were left out since
    let (mut follow, mut gap, mut any) = (0, false, false);
    while left > 0 || follow > 0 {
        let Some((line, path)) = records.next()? else { break };
        if left > 0 && query.matches(&line) {
            if gap && any {
                out.gap()?;
            }
            for (line, path) in held.drain(..) {
                out.line(&line, &path, false)?;
            }
            out.line(&line, &path, true)?;
            (bytes, follow, gap, any, left) = (0, below, false, true, left - 1);
        } else if follow > 0 {
            out.line(&line, &path, false)?;
            follow -= 1;
        } else {
            bytes += line.len();
            held.push_back((line, path));
            while held.len() > above as usize || bytes > MOST_HELD {
                let Some((line, _)) = held.pop_front() else { break };
                bytes -= line.len();
                gap = true;
            }
        }
    }
    Ok(())
}
