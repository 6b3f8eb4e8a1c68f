use std::ops::ControlFlow;

use logyard_crash as crash;
use logyard_journal::{Batch, Found, JournalError};
use logyard_pickle::{Limits, Step, next_frame};
use logyard_record::Received;

use super::Recorder;
use crate::intake::{Intake, Source};
use crate::metrics::Counted;
use crate::pipeline::Pipeline;

/// What a replay may put into the dead-letter file.
const DEAD_LETTER_QUOTA: usize = 64 << 20;

/// Sends all records behind the one numbered `after` to the lanes once more, each of which knows what
/// it has written. Gives how many records there were.
pub(crate) async fn replay(
    pipeline: &Pipeline,
    recorder: &Recorder,
    after: u64,
    limits: &Limits,
    received: &Received,
) -> Result<u64, JournalError> {
    let mut reader = recorder.lock().reader(after)?;
    let mut intake = Intake::new(limits);
    let mut quota = DEAD_LETTER_QUOTA;
    let mut records = 0;
    loop {
        match reader.read()? {
            Found::Batch { number, batch } => {
                crash::here("replay-entry");
                records += u64::from(batch.records);
                let last = (number + u64::from(batch.records)).saturating_sub(1);
                replay_batch(pipeline, &mut intake, &batch, last, &mut quota, limits, received)
                    .await;
            }
            Found::Clients(_) => {}
            Found::Damage(damage) => {
                pipeline
                    .shared
                    .trouble
                    .lost("journal-damaged", damage.records, || damage.to_string());
            }
            Found::End => {
                crash::here("replay-done");
                return Ok(records);
            }
        }
    }
}

async fn replay_batch(
    pipeline: &Pipeline,
    intake: &mut Intake,
    batch: &Batch<'_>,
    number: u64,
    quota: &mut usize,
    limits: &Limits,
    received: &Received,
) {
    let Some(running) = pipeline.running() else { return };
    let mut frames = batch.frames;
    let mut more = true;
    while more {
        let mut source = Source {
            peer: batch.origin.peer,
            trouble: &pipeline.shared.trouble,
            quota: *quota,
            received: Received {
                created: batch.micros as f64 / 1e6,
                msecs: running.compat.milliseconds(batch.micros as i64),
                ..*received
            },
            records: 0,
            aside: 0,
            hello: None,
            keeps_frames: false,
            counted: Counted::default(),
        };
        let (_, mut on_frame) = intake.parts(&running, &pipeline.shared.pool, &mut source);
        more = false;
        while let Ok(Step::Frame { payload, rest }) = next_frame(frames, limits) {
            frames = rest;
            if let ControlFlow::Break(()) = on_frame(payload) {
                more = true;
                break;
            }
        }
        drop(on_frame);
        *quota = source.quota;
        let mut batches = intake.take_batches();
        batches.iter_mut().for_each(|(_, batch)| batch.number = number);
        let _ = pipeline.deliver(&running, batches).await; // nobody waits for it
    }
}
