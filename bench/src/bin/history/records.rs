//! Made records: what a web service logs, as a stock `SocketHandler` pickles it.

use std::fmt::Write;

/// Seconds since 1970 of the first record: 2026-11-21 00:00 UTC.
const START: f64 = 1_795_219_200.0;

/// The one record with this word.
pub(crate) const RARE: &str = "zanzibar7f3a9c";

/// A number that is drawn from another: xorshift.
fn draw(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

pub(crate) struct Records {
    seed: u64,
    number: u64,
    of: u64,
    message: String,
    pickle: Pickle,
}

#[derive(Default)]
struct Pickle {
    bytes: Vec<u8>,
    memo: u32,
}

impl Pickle {
    fn begin(&mut self) {
        self.memo = 0;
        self.bytes.clear();
        self.bytes.extend([0, 0, 0, 0, b'}']);
        self.put();
        self.bytes.push(b'(');
    }

    /// As CPython's pickler remembers each text.
    fn put(&mut self) {
        self.bytes.extend([b'q', self.memo as u8]);
        self.memo += 1;
    }

    fn text(&mut self, text: &str) {
        self.bytes.push(b'X');
        self.bytes.extend((text.len() as u32).to_le_bytes());
        self.bytes.extend(text.as_bytes());
        self.put();
    }

    fn int(&mut self, n: u32) {
        match n {
            0..=0xff => self.bytes.extend([b'K', n as u8]),
            0x100..=0xffff => {
                self.bytes.push(b'M');
                self.bytes.extend((n as u16).to_le_bytes());
            }
            _ => {
                self.bytes.push(b'J');
                self.bytes.extend(n.to_le_bytes());
            }
        }
    }

    fn float(&mut self, x: f64) {
        self.bytes.push(b'G');
        self.bytes.extend(x.to_be_bytes());
    }

    fn end(&mut self) -> &[u8] {
        self.bytes.extend(b"u.");
        let len = self.bytes.len() as u32 - 4;
        self.bytes[..4].copy_from_slice(&len.to_be_bytes());
        &self.bytes
    }
}

const LOGGERS: [(&str, &str); 8] = [
    ("serving.api.http", "/srv/shop/serving/api/http.py"),
    ("serving.api.auth", "/srv/shop/serving/api/auth.py"),
    ("shop.cart", "/srv/shop/shop/cart.py"),
    ("shop.orders.payment", "/srv/shop/shop/orders/payment.py"),
    ("shop.stock", "/srv/shop/shop/stock.py"),
    ("worker.mail", "/srv/shop/worker/mail.py"),
    ("django.db.backends", "/usr/lib/python3/site-packages/django/db/backends/utils.py"),
    ("urllib3.connectionpool", "/usr/lib/python3/site-packages/urllib3/connectionpool.py"),
];

impl Records {
    pub(crate) fn new(of: u64) -> Records {
        let pickle = Pickle::default();
        Records { seed: 0x9e37_79b9_7f4a_7c15, number: 0, of, message: String::new(), pickle }
    }

    /// The next record: its frame, and its line in a text file.
    pub(crate) fn next(&mut self, line: &mut String) -> &[u8] {
        let n = self.number;
        self.number += 1;
        let roll = draw(&mut self.seed);
        let (user, request) = (draw(&mut self.seed) % 200_000, draw(&mut self.seed));
        let created = START + n as f64 * 0.05;
        let (logger, path) = LOGGERS[(roll % 8) as usize];
        let (level, name) = match roll >> 8 & 0x3ff {
            0..=2 => (40, "ERROR"),
            3..=30 => (30, "WARNING"),
            31..=300 => (10, "DEBUG"),
            _ => (20, "INFO"),
        };
        let message = &mut self.message;
        message.clear();
        let _ = match roll >> 20 & 7 {
            0..=2 => write!(
                message,
                "GET /api/v1/orders/{} 200 {} bytes in {}.{:03}s request={request:016x}",
                roll >> 40,
                user % 9000,
                n % 3,
                n % 1000
            ),
            3 => write!(
                message,
                "user {user} added item {} to cart, {} items now",
                roll >> 44,
                roll % 30
            ),
            4 => write!(
                message,
                "payment of {}.{:02} EUR accepted for order {} request={request:016x}",
                roll >> 50,
                n % 100,
                roll >> 40
            ),
            5 => {
                write!(message, "cache miss for key session:{request:016x}, loading from database")
            }
            6 => write!(message, "mail to user{user}@example.com queued, {} waiting", roll % 100),
            _ => write!(
                message,
                "SELECT stock.id, stock.count FROM stock WHERE stock.item_id = {} took {} ms",
                roll >> 44,
                roll % 90
            ),
        };
        // one in the middle of the older half
        if n == self.of / 4 {
            let _ = write!(message, " {RARE}");
        }
        line.clear();
        let seconds = created as u64;
        let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
        let day = 21 + (seconds - START as u64) / 86_400;
        let _ = writeln!(
            line,
            "2026-11-{day:02} {hours:02}:{minutes:02}:{:02},{:03} {name:<8} [{logger}] {message}",
            seconds % 60,
            n * 50 % 1000
        );
        let traceback = (level == 40).then(|| {
            format!(
                "Traceback (most recent call last):\n  File \"{path}\", line {}, in handle\n    return self.view(request)\n           ~~~~~~~~~^^^^^^^^^\n  File \"/srv/shop/shop/stock.py\", line 88, in take\n    raise OutOfStock(item)\nshop.errors.OutOfStock: item {}",
                40 + roll % 5,
                roll >> 44
            )
        });
        if let Some(traceback) = &traceback {
            let _ = writeln!(line, "{traceback}");
        }
        let pickle = &mut self.pickle;
        pickle.begin();
        pickle.text("name");
        pickle.text(logger);
        pickle.text("msg");
        pickle.text(message);
        pickle.text("args");
        pickle.bytes.push(b'N');
        pickle.text("levelname");
        pickle.text(name);
        pickle.text("levelno");
        pickle.int(level);
        pickle.text("pathname");
        pickle.text(path);
        pickle.text("filename");
        let file = path.rsplit('/').next().unwrap_or_default();
        pickle.text(file);
        pickle.text("module");
        pickle.text(file.trim_end_matches(".py"));
        pickle.text("exc_info");
        pickle.bytes.push(b'N');
        pickle.text("exc_text");
        match &traceback {
            Some(traceback) => pickle.text(traceback),
            None => pickle.bytes.push(b'N'),
        }
        pickle.text("stack_info");
        pickle.bytes.push(b'N');
        pickle.text("lineno");
        pickle.int(20 + (roll >> 16 & 0xff) as u32);
        pickle.text("funcName");
        pickle.text("handle");
        pickle.text("created");
        pickle.float(created);
        pickle.text("msecs");
        pickle.float((n * 50 % 1000) as f64);
        pickle.text("relativeCreated");
        pickle.float(n as f64 * 50.0 + 123.456);
        pickle.text("thread");
        let _ = std::io::Write::write_fmt(
            &mut pickle.bytes,
            format_args!("L{}L\n", 140_234_000_000_u64 + roll % 8 * 8_392_704),
        );
        pickle.text("threadName");
        pickle.text(
            ["MainThread", "ThreadPoolExecutor-0_0", "ThreadPoolExecutor-0_1"][(roll % 3) as usize],
        );
        pickle.text("processName");
        pickle.text("MainProcess");
        pickle.text("process");
        pickle.int(4000 + (roll % 8) as u32);
        pickle.text("taskName");
        pickle.bytes.push(b'N');
        pickle.text("user_id");
        pickle.int(user as u32);
        pickle.end()
    }
}
