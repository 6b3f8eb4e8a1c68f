use super::*;
use crate::load;
use crate::testing::{options, source};

fn plan(text: &str) -> Plan {
    let source = source(text);
    let (plan, diagnostics) = load(&source, &options());
    plan.unwrap_or_else(|| panic!("{}", crate::render_all(&diagnostics, &source, false)))
}

const TEXT: &str = "\
[loggers]
keys = root, app, db, jobs, quiet
[handlers]
keys = console, app, weekly, days, sized, one, never, watched, memory, null, fresh
[formatters]
keys = line
[logger_root]
level = WARNING
handlers = console, memory
[logger_app]
qualname = app
level = DEBUG
handlers = app, weekly
[logger_db]
qualname = app.db.pool
handlers = sized, one, never
propagate = 0
[logger_jobs]
qualname = app.db
handlers =
[logger_quiet]
qualname = quiet
propagate = 0
handlers =
[handler_console]
class = StreamHandler
level = ERROR
formatter = line
[handler_app]
class = handlers.TimedRotatingFileHandler
args = ('logs/app.log', 'midnight', 1, 30)
formatter = line
[handler_weekly]
class = handlers.TimedRotatingFileHandler
args = ('logs/week.log', 'W0', 2, 0, 'latin-1', True, True, __import__('datetime').time(4, 30), 'replace')
[handler_days]
class = handlers.TimedRotatingFileHandler
args = ('logs/days.log', 'D', 3, 1)
[handler_sized]
class = handlers.RotatingFileHandler
args = ('logs/x.log', 'a', 200000, 5)
[handler_one]
class = handlers.RotatingFileHandler
args = ('logs/one.log', 'a', 2000000, 1)
[handler_never]
class = handlers.RotatingFileHandler
args = ('logs/never.log',)
[handler_watched]
class = handlers.WatchedFileHandler
args = ('logs/watched.log',)
[handler_memory]
class = handlers.MemoryHandler
args = (1000, CRITICAL)
target = app
[handler_null]
class = NullHandler
[handler_fresh]
class = FileHandler
args = ('logs/fresh.log', 'w')
[formatter_line]
format = %(asctime)s %(message)s
datefmt = %H:%M
";

#[test]
fn the_whole_plan_in_words() {
    insta::assert_snapshot!(describe(&plan(TEXT)));
}

#[test]
fn one_name_followed() {
    let plan = plan(TEXT);
    let names =
        ["", "root", "app", "app.web.views", "app.db.pool.two", "app.db", "quiet.x", "application"];
    insta::assert_snapshot!(names.map(|name| explain(&plan, name)).join("\n"));
}
