//! Python 2's names of modules and what they hold, as Python 3 knows them: CPython's
//! `_compat_pickle.NAME_MAPPING` and `IMPORT_MAPPING`.

/// No name in the tables is longer, in bytes: a stranger's may be, again and again.
const LONGEST: usize = 64;

/// The Python 3 module for a `GLOBAL` of protocols 0 to 2, and the name if that differs as well;
/// `None` if nothing is mapped (`pickle.Unpickler.find_class`).
pub(crate) fn python3(module: &[u8], name: &[u8]) -> Option<(&'static str, Option<&'static str>)> {
    if module.len() > LONGEST {
        return None;
    }
    let module = std::str::from_utf8(module).ok()?;
    let name = if name.len() > LONGEST { "" } else { std::str::from_utf8(name).ok()? };
    if let Some((module, name)) = named(module, name) {
        return Some((module, Some(name)));
    }
    if module == "exceptions" {
        return is_exception(name).then_some(("builtins", None));
    }
    Some((imported(module)?, None))
}

/// `NAME_MAPPING`, without the exceptions that kept their names.
fn named(module: &str, name: &str) -> Option<(&'static str, &'static str)> {
    Some(match (module, name) {
        ("__builtin__", "xrange") => ("builtins", "range"),
        ("__builtin__", "reduce") => ("functools", "reduce"),
        ("__builtin__", "intern") => ("sys", "intern"),
        ("__builtin__", "unichr") => ("builtins", "chr"),
        ("__builtin__", "unicode") => ("builtins", "str"),
        ("__builtin__", "long") => ("builtins", "int"),
        ("itertools", "izip") => ("builtins", "zip"),
        ("itertools", "imap") => ("builtins", "map"),
        ("itertools", "ifilter") => ("builtins", "filter"),
        ("itertools", "ifilterfalse") => ("itertools", "filterfalse"),
        ("itertools", "izip_longest") => ("itertools", "zip_longest"),
        ("UserDict", "IterableUserDict") => ("collections", "UserDict"),
        ("UserList", "UserList") => ("collections", "UserList"),
        ("UserString", "UserString") => ("collections", "UserString"),
        ("whichdb", "whichdb") => ("dbm", "whichdb"),
        ("_socket", "fromfd") => ("socket", "fromfd"),
        ("_multiprocessing", "Connection") => ("multiprocessing.connection", "Connection"),
        ("multiprocessing.process", "Process") => ("multiprocessing.context", "Process"),
        ("multiprocessing.forking", "Popen") => ("multiprocessing.popen_fork", "Popen"),
        ("urllib", "ContentTooShortError") => ("urllib.error", "ContentTooShortError"),
        ("urllib", "getproxies") => ("urllib.request", "getproxies"),
        ("urllib", "pathname2url") => ("urllib.request", "pathname2url"),
        ("urllib", "quote_plus") => ("urllib.parse", "quote_plus"),
        ("urllib", "quote") => ("urllib.parse", "quote"),
        ("urllib", "unquote_plus") => ("urllib.parse", "unquote_plus"),
        ("urllib", "unquote") => ("urllib.parse", "unquote"),
        ("urllib", "url2pathname") => ("urllib.request", "url2pathname"),
        ("urllib", "urlcleanup") => ("urllib.request", "urlcleanup"),
        ("urllib", "urlencode") => ("urllib.parse", "urlencode"),
        ("urllib", "urlopen") => ("urllib.request", "urlopen"),
        ("urllib", "urlretrieve") => ("urllib.request", "urlretrieve"),
        ("urllib2", "HTTPError") => ("urllib.error", "HTTPError"),
        ("urllib2", "URLError") => ("urllib.error", "URLError"),
        ("multiprocessing", "AuthenticationError") => {
            ("multiprocessing.context", "AuthenticationError")
        }
        ("multiprocessing", "BufferTooShort") => ("multiprocessing.context", "BufferTooShort"),
        ("multiprocessing", "ProcessError") => ("multiprocessing.context", "ProcessError"),
        ("multiprocessing", "TimeoutError") => ("multiprocessing.context", "TimeoutError"),
        ("__builtin__", "basestring") => ("builtins", "str"),
        ("exceptions", "StandardError") => ("builtins", "Exception"),
        ("UserDict", "UserDict") => ("collections", "UserDict"),
        ("socket", "_socketobject") => ("socket", "SocketType"),
        _ => return None,
    })
}

/// What Python 2's `exceptions` held that is in `builtins` now.
fn is_exception(name: &str) -> bool {
    matches!(
        name,
        "ArithmeticError"
            | "AssertionError"
            | "AttributeError"
            | "BaseException"
            | "BufferError"
            | "BytesWarning"
            | "DeprecationWarning"
            | "EOFError"
            | "EnvironmentError"
            | "Exception"
            | "FloatingPointError"
            | "FutureWarning"
            | "GeneratorExit"
            | "IOError"
            | "ImportError"
            | "ImportWarning"
            | "IndentationError"
            | "IndexError"
            | "KeyError"
            | "KeyboardInterrupt"
            | "LookupError"
            | "MemoryError"
            | "NameError"
            | "NotImplementedError"
            | "OSError"
            | "OverflowError"
            | "PendingDeprecationWarning"
            | "ReferenceError"
            | "RuntimeError"
            | "RuntimeWarning"
            | "StopIteration"
            | "SyntaxError"
            | "SyntaxWarning"
            | "SystemError"
            | "SystemExit"
            | "TabError"
            | "TypeError"
            | "UnboundLocalError"
            | "UnicodeDecodeError"
            | "UnicodeEncodeError"
            | "UnicodeError"
            | "UnicodeTranslateError"
            | "UnicodeWarning"
            | "UserWarning"
            | "ValueError"
            | "Warning"
            | "ZeroDivisionError"
    )
}

/// `IMPORT_MAPPING`.
fn imported(module: &str) -> Option<&'static str> {
    Some(match module {
        "__builtin__" => "builtins",
        "copy_reg" => "copyreg",
        "Queue" => "queue",
        "SocketServer" => "socketserver",
        "ConfigParser" => "configparser",
        "repr" => "reprlib",
        "tkFileDialog" | "FileDialog" => "tkinter.filedialog",
        "tkSimpleDialog" | "SimpleDialog" => "tkinter.simpledialog",
        "tkColorChooser" => "tkinter.colorchooser",
        "tkCommonDialog" => "tkinter.commondialog",
        "Dialog" => "tkinter.dialog",
        "Tkdnd" => "tkinter.dnd",
        "tkFont" => "tkinter.font",
        "tkMessageBox" => "tkinter.messagebox",
        "ScrolledText" => "tkinter.scrolledtext",
        "Tkconstants" => "tkinter.constants",
        "ttk" => "tkinter.ttk",
        "Tkinter" => "tkinter",
        "markupbase" => "_markupbase",
        "_winreg" => "winreg",
        "thread" => "_thread",
        "dummy_thread" => "_dummy_thread",
        "dbhash" => "dbm.bsd",
        "dumbdbm" => "dbm.dumb",
        "dbm" => "dbm.ndbm",
        "gdbm" => "dbm.gnu",
        "xmlrpclib" => "xmlrpc.client",
        "SimpleXMLRPCServer" | "DocXMLRPCServer" => "xmlrpc.server",
        "httplib" => "http.client",
        "htmlentitydefs" => "html.entities",
        "HTMLParser" => "html.parser",
        "Cookie" => "http.cookies",
        "cookielib" => "http.cookiejar",
        "BaseHTTPServer" | "SimpleHTTPServer" | "CGIHTTPServer" => "http.server",
        "test.test_support" => "test.support",
        "commands" => "subprocess",
        "urlparse" => "urllib.parse",
        "robotparser" => "urllib.robotparser",
        "urllib2" => "urllib.request",
        "anydbm" | "whichdb" => "dbm",
        "_abcoll" => "collections.abc",
        "cPickle" => "pickle",
        "_elementtree" => "xml.etree.ElementTree",
        "UserDict" | "UserList" | "UserString" => "collections",
        "StringIO" | "cStringIO" => "io",
        _ => return None,
    })
}
