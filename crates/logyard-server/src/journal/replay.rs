use logyard_crash as crash;
use logyard_journal::{Found, JournalError};
use logyard_pickle::{Step, next_frame};

use super::Recorder;
use crate::batch::Batch;
use crate::connections::Connections;
use crate::intake::{Intake, Source};
use crate::pipeline::Taken;
use crate::running::Running;

/// What a replay may put into the dead-letter file.
const DEAD_LETTER_QUOTA: usize = 64 << 20;

/// Sends all records behind the one numbered `after` to the lanes once more, each of which knows what
/// it has written. Gives how many records there were.
pub(crate) async fn replay(
    connections: &Connections,
    recorder: &Recorder,
    after: u64,
) -> Result<u64, JournalError> {
    let pipeline = &connections.pipeline;
    let mut reader = recorder.lock().reader(after)?;
    let mut intake = Intake::new(&connections.limits);
    let mut quota = DEAD_LETTER_QUOTA;
    let mut records = 0;
    loop {
        match reader.read()? {
            Found::Batch { number, batch } => {
                crash::here("replay-entry");
                records += u64::from(batch.records);
                let last = (number + u64::from(batch.records)).saturating_sub(1);
                let Some(running) = pipeline.running() else { continue };
                let (peer, micros) = (batch.origin.peer, batch.micros as i64);
                let mut frames = batch.frames;
                while !frames.is_empty() {
                    let mut source = connections.source(&running, peer, micros, quota);
                    let mut batches =
                        format(connections, &running, &mut intake, &mut source, &mut frames);
                    quota = source.quota;
                    batches.iter_mut().for_each(|(_, batch)| batch.number = last);
                    let _ = pipeline.deliver(&running, batches).await; // nobody waits for it
                }
            }
            Found::Clients(_) => {}
            Found::Damage(damage) => {
                let damaged = || damage.to_string();
                pipeline.shared.trouble.lost("journal-damaged", damage.records, damaged);
            }
            Found::End => {
                crash::here("replay-done");
                return Ok(records);
            }
        }
    }
}

/// Makes the text of what a connection has brought once more, for the configuration that has come into
/// force meanwhile. What can't be formatted may so become a dead letter twice.
pub(crate) fn format_again(
    connections: &Connections,
    running: &Running,
    intake: &mut Intake,
    taken: &Taken<'_>,
    quota: usize,
) -> Vec<(u16, Batch)> {
    let mut source = connections.source(running, taken.peer, taken.micros, quota);
    let mut frames = taken.frames.bytes.as_slice();
    let mut all = Vec::new();
    while !frames.is_empty() {
        all.extend(format(connections, running, intake, &mut source, &mut frames));
    }
    all
}

/// Makes the text of some frames of the journal, as much as one go makes. `frames` is what is left then.
fn format(
    connections: &Connections,
    running: &Running,
    intake: &mut Intake,
    source: &mut Source<'_>,
    frames: &mut &[u8],
) -> Vec<(u16, Batch)> {
    let pool = &connections.pipeline.shared.pool;
    let (_, mut on_frame) = intake.parts(running, pool, source);
    loop {
        let Ok(Step::Frame { payload, rest }) = next_frame(frames, &connections.limits) else {
            *frames = &[]; // none is cut: all were taken as a whole
            break;
        };
        *frames = rest;
        if on_frame(payload).is_break() {
            break;
        }
    }
    drop(on_frame);
    intake.take_batches()
}
