use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::Arguments;

/// How long history may take to compress what is sealed.
const PATIENCE: Duration = Duration::from_secs(600);

/// Threads that are not on the way of the records: those who show, and who compress.
const BESIDE: [&str; 4] = ["logyard-web", "logyard-search", "history", "compress"];

/// A server in a folder of its own.
pub(crate) struct Server {
    process: Child,
    folder: tempfile::TempDir,
    address: String,
    web: Option<String>,
    journal: Option<PathBuf>,
}

/// What one turn has shown.
pub(crate) struct Turn {
    pub(crate) per_second: f64,
    /// Microseconds of CPU for a record, of all threads and of those on the way of the records.
    pub(crate) cpu: f64,
    pub(crate) way: f64,
    /// The part of the records that a watcher has seen, and that he was told to have missed.
    pub(crate) seen: f64,
    pub(crate) skipped: f64,
    /// The sealed segments' size as a part of their frames'; 0 where nothing is kept.
    pub(crate) disk: f64,
}

impl Server {
    pub(crate) fn start(
        program: &Path,
        config: &Path,
        journal: &[&str],
        viewless: bool,
    ) -> Result<Server> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(std::path::absolute(program)?);
        command.arg("serve").arg(std::path::absolute(config)?);
        command.args(["--listen", "127.0.0.1:0", "--state", "state"]).args(journal);
        if !viewless {
            command.args(["--web", "127.0.0.1:0"]);
        }
        if !journal.is_empty() {
            command.args(["--journal", "journal"]);
        }
        std::fs::create_dir(folder.path().join("logs"))?;
        command.current_dir(&folder).env("TZ", "UTC").stdin(Stdio::null()).stdout(Stdio::null());
        let mut process = command.stderr(Stdio::piped()).spawn().context("can't run logyard")?;
        let mut stderr = BufReader::new(process.stderr.take().context("piped")?);
        let (mut told, mut web) = (String::new(), None);
        let address = loop {
            let start = told.len();
            if stderr.read_line(&mut told)? == 0 {
                let _ = process.wait();
                anyhow::bail!("the server has ended: {told}");
            }
            let line = told.get(start..).unwrap_or_default();
            if let Some((_, rest)) = line.split_once("http://") {
                web = rest.split('/').next().map(str::to_owned);
            }
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.trim().to_owned();
            }
        };
        thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        let journal = (!journal.is_empty()).then(|| folder.path().join("journal"));
        Ok(Server { process, folder, address, web, journal })
    }

    /// Sends the corpus, with so many who watch.
    pub(crate) fn turn(
        mut self,
        arguments: &Arguments,
        frames: &Path,
        watchers: usize,
    ) -> Result<Turn> {
        let (seen, skipped, ended) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
        let records = (arguments.records * arguments.repeats) as f64;
        let (seconds, all, way) = thread::scope(|scope| {
            for _ in 0..watchers {
                let web = self.web.clone().context("nobody can watch")?;
                let (seen, skipped, ended) = (&seen, &skipped, &ended);
                let begun = watch(&web)?;
                scope.spawn(move || count(begun, seen, skipped, ended));
            }
            let before = self.cpu()?;
            let mut blast = Command::new(&arguments.blast);
            blast.arg(&self.address).arg(arguments.connections.to_string());
            blast.arg(arguments.repeats.to_string()).arg(frames);
            let sent = blast.output().context("can't run blast")?;
            ensure!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
            let told = String::from_utf8(sent.stdout)?;
            let seconds: f64 = told.split(' ').next().unwrap_or_default().parse()?;
            let after = self.cpu()?;
            ended.store(true, Ordering::SeqCst);
            anyhow::Ok((seconds, after.0 - before.0, after.1 - before.1))
        })?;
        let disk = self.disk()?;
        let part = |count: &AtomicU64| {
            count.load(Ordering::SeqCst) as f64 / records / watchers.max(1) as f64
        };
        self.end()?;
        let (seen, skipped) = (part(&seen), part(&skipped));
        let micros = |cpu: f64| cpu * 1e6 / records;
        Ok(Turn {
            per_second: records / seconds,
            cpu: micros(all),
            way: micros(way),
            seen,
            skipped,
            disk,
        })
    }

    /// Seconds of CPU of all threads, and of those on the way of the records. In steps of 10 ms for each.
    fn cpu(&self) -> Result<(f64, f64)> {
        let (mut all, mut way) = (0.0, 0.0);
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            // a thread may end meanwhile
            let Ok(stat) = std::fs::read_to_string(task?.path().join("stat")) else { continue };
            let (head, fields) = stat.rsplit_once(')').context("unknown form of stat")?;
            let name = head.split_once('(').map_or("", |(_, name)| name);
            let times = fields.split_whitespace().skip(11).take(2);
            let ticks: u64 = times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
            all += ticks as f64 / 100.0;
            // the kernel keeps 15 characters
            if !BESIDE.iter().any(|beside| beside.get(..15).unwrap_or(beside) == name) {
                way += ticks as f64 / 100.0;
            }
        }
        Ok((all, way))
    }

    /// The part of their frames that compressed segments take with their indexes, when all that are sealed but the
    /// newest 64 MiB are compressed; 0 if none is.
    fn disk(&self) -> Result<f64> {
        let Some(folder) = &self.journal else { return Ok(0.0) };
        let start = Instant::now();
        let mut last = (0, 0);
        // until nothing has changed for some time
        let mut quiet = Instant::now();
        while quiet.elapsed() < Duration::from_secs(3) && start.elapsed() < PATIENCE {
            let mut now = (0, 0);
            for entry in std::fs::read_dir(folder)? {
                let Ok(entry) = entry else { continue };
                let name = entry.file_name().to_string_lossy().into_owned();
                let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
                if name.ends_with(".journal.zst") || name.ends_with(".index") {
                    now.0 += bytes;
                }
                if name.ends_with(".journal.zst") {
                    now.1 += plain_size(&entry.path())?;
                }
            }
            if now != last {
                (last, quiet) = (now, Instant::now());
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(if last.1 == 0 { 0.0 } else { last.0 as f64 / last.1 as f64 })
    }

    fn end(&mut self) -> Result<()> {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.process.wait()?;
        ensure!(
            status.success(),
            "the server ended with {status}: {}",
            self.folder.path().display()
        );
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a compressed segment holds.
fn plain_size(path: &Path) -> Result<u64> {
    let mut plain = zstd::stream::read::Decoder::new(std::fs::File::open(path)?)?;
    Ok(std::io::copy(&mut plain, &mut std::io::sink())?)
}

/// Begins to watch: when it comes back, the server has begun to send.
fn watch(web: &str) -> Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(web)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    write!(stream, "GET /api/v1/live HTTP/1.0\r\nHost: {web}\r\n\r\n")?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while !line.contains("\"alive\"") {
        line.clear();
        ensure!(stream.read_line(&mut line)? > 0, "the server shows nothing");
    }
    Ok(stream)
}

/// Reads what one who watches gets, until nothing comes any more.
fn count(
    mut stream: BufReader<TcpStream>,
    seen: &AtomicU64,
    skipped: &AtomicU64,
    ended: &AtomicBool,
) {
    let mut line = Vec::new();
    loop {
        line.clear();
        match stream.read_until(b'\n', &mut line) {
            Ok(0) => return,
            Err(_) if ended.load(Ordering::SeqCst) => return,
            Err(_) => continue,
            Ok(_) => {}
        }
        if line.starts_with(b"{\"number\"") {
            seen.fetch_add(1, Ordering::Relaxed);
        } else if let Some(rest) = line.strip_prefix(b"{\"skipped\":") {
            let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_digit).collect();
            let count = std::str::from_utf8(&digits).ok().and_then(|n| n.parse().ok());
            skipped.fetch_add(count.unwrap_or(0), Ordering::Relaxed);
        }
    }
}
