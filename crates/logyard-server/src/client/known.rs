use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use logyard_crash as crash;
use logyard_journal::{ClientId, Clients};
use tokio::sync::{Notify, OwnedMutexGuard};

/// How long a client that comes again waits for the end of its connection before.
const TAKE_OVER: Duration = Duration::from_secs(10);

/// The clients that number their records.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Those that have a connection.
    here: Mutex<HashMap<ClientId, Here>>,
    /// What was taken from each, if no journal knows it.
    taken: Mutex<Clients>,
}

#[derive(Clone, Debug, Default)]
struct Here {
    /// Held by the connection.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Tells it that the client has come again.
    leave: Arc<Notify>,
}

/// A client's connection, the only one.
#[derive(Debug)]
pub(crate) struct Turn {
    known: Arc<Known>,
    client: ClientId,
    leave: Arc<Notify>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Known {
    /// Ends the connection that the client had before, so that what it sent is counted; none if that
    /// does not end.
    pub(crate) async fn turn(self: &Arc<Self>, client: ClientId) -> Option<Turn> {
        let here = lock(&self.here).entry(client).or_default().clone();
        let waiting = tokio::time::timeout(TAKE_OVER, async {
            loop {
                here.leave.notify_waiters();
                let turn = Arc::clone(&here.turn).lock_owned();
                // again and again: the other may not have listened yet
                if let Ok(guard) = tokio::time::timeout(Duration::from_millis(50), turn).await {
                    return guard;
                }
            }
        });
        let Ok(guard) = waiting.await else {
            drop(here.turn);
            self.forget(client);
            return None;
        };
        Some(Turn { known: Arc::clone(self), client, leave: here.leave, guard: Some(guard) })
    }

    /// A client without a connection, and without one that waits, is not here.
    fn forget(&self, client: ClientId) {
        let mut here = lock(&self.here);
        // the map's handle alone: a connection holds another
        if here.get(&client).is_some_and(|here| Arc::strong_count(&here.turn) == 1) {
            here.remove(&client);
        }
    }

    /// The number of the last record that was taken from a client.
    pub(crate) fn last(&self, client: ClientId) -> u64 {
        lock(&self.taken).last(client)
    }

    /// A record with this number, and all before it, have been taken.
    pub(crate) fn took(&self, client: ClientId, last: u64, micros: i64) {
        lock(&self.taken).took(client, last, micros.unsigned_abs());
    }

    /// Goes on with what a server that ended in order has left. The file goes: it holds for one start.
    pub(crate) fn load(&self, path: &Path) {
        if let Ok(bytes) = std::fs::read(path) {
            *lock(&self.taken) = Clients::from_bytes(&bytes);
            let _ = std::fs::remove_file(path); // or it is written over at the end
        }
    }

    /// Leaves it.
    pub(crate) fn save(&self, path: &Path) -> std::io::Result<()> {
        let taken = lock(&self.taken);
        if taken.is_empty() {
            return Ok(());
        }
        crash::here("clients-before");
        let new = path.with_extension("new");
        std::fs::write(&new, taken.to_bytes())?;
        std::fs::rename(new, path)?;
        crash::here("clients-after");
        Ok(())
    }
}

impl Turn {
    /// Waits until the client has come again by another connection.
    pub(crate) async fn is_over(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        self.known.forget(self.client);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner) // whole after a panic, too
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_has_one_connection() {
        let known = Arc::new(Known::default());
        let client = ClientId([7; 16]);
        let first = known.turn(client).await.unwrap();
        let waiting = tokio::spawn({
            let known = Arc::clone(&known);
            async move { known.turn(client).await }
        });
        first.is_over().await;
        assert!(!waiting.is_finished());
        drop(first);
        drop(waiting.await.unwrap().unwrap());
        assert!(lock(&known.here).is_empty());
    }
}
