//! What differs in what a configuration may say.

use crate::Compat;

impl Compat {
    /// File handlers have an argument `errors`: since 3.9.
    pub fn has_errors_argument(self) -> bool {
        self >= Compat::Py39
    }

    /// `getLogger('root')` is the root logger: since 3.9 (bpo-37742). Before, it is a logger of that
    /// name below the root.
    pub fn root_has_a_name(self) -> bool {
        self >= Compat::Py39
    }

    /// `encoding='locale'`: since 3.10 (PEP 597).
    pub fn has_locale_encoding(self) -> bool {
        self >= Compat::Py310
    }

    /// `Formatter.__init__` has an argument `defaults`: since 3.10.
    pub fn has_formatter_defaults(self) -> bool {
        self >= Compat::Py310
    }

    /// A formatter's `defaults` is read from fileConfig's sections and dictConfig's dicts: since 3.12.
    /// Before, it is left lying.
    pub fn reads_formatter_defaults(self) -> bool {
        self >= Compat::Py312
    }

    /// `default_msec_format` may be empty or None: since 3.9.
    pub fn may_omit_milliseconds(self) -> bool {
        self >= Compat::Py39
    }

    /// A section's name in an INI file ends at the last `]` of its line: since 3.10. Before,
    /// it ends at the first.
    pub fn section_ends_at_last_bracket(self) -> bool {
        self >= Compat::Py310
    }

    /// dictConfig sets the attributes (`.`) of a formatter that is made by `()` with `format`, which has
    /// to be tried again as `fmt`: since 3.11. Before, they are lost on the way.
    pub fn keeps_attributes_with_format(self) -> bool {
        self >= Compat::Py311
    }

    /// `class` of a handler may be the class itself, as from `ext://`: since 3.12.
    pub fn handler_class_may_be_object(self) -> bool {
        self >= Compat::Py312
    }

    /// dictConfig makes a QueueHandler with its listener: since 3.12.
    pub fn configures_queue_handlers(self) -> bool {
        self >= Compat::Py312
    }

    /// A QueueHandler needs `handlers`, and keys that it does not know are left lying: 3.12 only.
    pub fn queue_handler_needs_handlers(self) -> bool {
        self == Compat::Py312
    }

    /// dictConfig takes the name of a level for a MemoryHandler's `flushLevel`: since 3.13.
    pub fn flush_level_may_be_name(self) -> bool {
        self >= Compat::Py313
    }

    /// An index in `cfg://` may hold anything but brackets: since 3.13. Before, it is a word.
    pub fn index_may_be_any_text(self) -> bool {
        self >= Compat::Py313
    }

    /// The codec alias `windows_31j`: since 3.13.
    pub fn has_windows_31j(self) -> bool {
        self >= Compat::Py313
    }

    /// `dict | dict`, in `args`: since 3.9 (PEP 584).
    pub fn merges_dicts(self) -> bool {
        self >= Compat::Py39
    }
}
