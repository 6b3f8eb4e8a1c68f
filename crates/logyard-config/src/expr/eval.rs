//! Walks the tree. The recursion is bounded by the depth that the parser allows.

use std::ops::Range;

use super::lex::Token;
use super::parse::{Keyword, Node, NodeKind, parse};
use super::{ExprError, Kind, MAX_LEN, Object, Value, modules, operators, path, strings};
use crate::source::Options;

/// A value, and what is worth saying of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The value.
    pub value: Value,
    /// Things that CPython would refuse but that are plain enough to run.
    pub notes: Vec<Note>,
}

/// A warning about a part of the expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is to be said.
    pub message: String,
    /// The byte range in the expression.
    pub at: Range<usize>,
    /// What to write instead.
    pub help: String,
}

/// Evaluates an expression as `eval(text, vars(logging))` would.
pub fn evaluate(text: &str, options: &Options) -> Result<Evaluated, ExprError> {
    // eval() strips leading blanks only
    let node = parse(text)?;
    let mut evaluator = Evaluator { options, notes: Vec::new() };
    let value = evaluator.node(&node)?;
    Ok(Evaluated { value, notes: evaluator.notes })
}

pub(super) struct Evaluator<'o> {
    pub(super) options: &'o Options<'o>,
    notes: Vec<Note>,
}

/// The arguments of a call.
pub(super) struct Arguments {
    pub(super) args: Vec<Value>,
    pub(super) kwargs: Vec<(String, Range<usize>, Value)>,
    /// The whole call.
    pub(super) at: Range<usize>,
}

impl Evaluator<'_> {
    fn node(&mut self, node: &Node) -> Result<Value, ExprError> {
        let at = node.at.clone();
        let kind = match &node.kind {
            NodeKind::Literal(token) => match token {
                Token::Int(i) => Kind::Int(*i),
                Token::Float(f) => Kind::Float(*f),
                Token::Str(s) => Kind::Str(s.clone()),
                Token::Bytes(b) => Kind::Bytes(b.clone()),
                Token::Name(_) | Token::Mark(_) | Token::End => Kind::None,
            },
            NodeKind::Name(name) => self.name(name, &at)?,
            NodeKind::Attribute(base, name) => {
                let base = self.node(base)?;
                self.attribute(&base, name, &at)?
            }
            NodeKind::Index(base, index) => {
                let (base, index) = (self.node(base)?, self.node(index)?);
                return Ok(Value { at: at.clone(), ..self.index(&base, &index, &at)? });
            }
            NodeKind::Call(callee, args, kwargs) => return self.call(callee, args, kwargs, at),
            NodeKind::Tuple(items) => Kind::Tuple(self.items(items)?),
            NodeKind::List(items) => Kind::List(self.items(items)?),
            NodeKind::Dict(pairs) => Kind::Dict(self.dict(pairs)?),
            NodeKind::Unary(operator, operand) => {
                let operand = self.node(operand)?;
                operators::unary(operator, &operand, &at)?
            }
            NodeKind::Binary(operator @ ("and" | "or"), left, right) => {
                let left = self.node(left)?;
                let decided = left.truth() == (*operator == "or");
                return if decided { Ok(Value { at, ..left }) } else { self.node(right) };
            }
            NodeKind::Binary(operator @ ("in" | "not in"), left, right) => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                let env = &self.options.env;
                let found = match (&right.kind, left.as_str()) {
                    (Kind::Object(Object::Environ), Some(name)) => env.contains_key(name),
                    _ => operators::contains(&right, &left, &at)?,
                };
                Kind::Bool(found == (*operator == "in"))
            }
            NodeKind::Binary(operator, left, right) => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                if let (&"|", Kind::Dict(_), Kind::Dict(_)) = (operator, &left.kind, &right.kind)
                    && !self.options.settings.compat.merges_dicts()
                {
                    let what = "Python 3.8 has no `|` between dicts";
                    return Err(ExprError::type_error(what, at).help(
                        "it works since Python 3.9: change it, or run with --compat 3.9 or above",
                    ));
                }
                operators::binary(operator, &left, &right, &at)?
            }
            NodeKind::If(value, condition, otherwise) => {
                let holds = self.node(condition)?.truth();
                return self.node(if holds { value } else { otherwise });
            }
        };
        Ok(Value { kind, at })
    }

    fn items(&mut self, nodes: &[Node]) -> Result<Vec<Value>, ExprError> {
        let mut items = Vec::new();
        let mut weight = 0;
        for node in nodes {
            let item = self.node(node)?;
            weight += item.weight();
            if weight > MAX_LEN {
                return Err(too_large(node.at.clone()));
            }
            items.push(item);
        }
        Ok(items)
    }

    fn dict(&mut self, nodes: &[(Node, Node)]) -> Result<Vec<(Value, Value)>, ExprError> {
        let mut given = Vec::new();
        let mut weight = 0;
        for (key, value) in nodes {
            let (key, value) = (self.node(key)?, self.node(value)?);
            weight += key.weight() + value.weight();
            // each key is compared with all before it
            if weight > MAX_LEN || given.len() >= 1000 {
                return Err(too_large(value.at));
            }
            given.push((key, value));
        }
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        for (key, value) in given {
            operators::hashable(&key)?;
            match pairs.iter_mut().find(|(known, _)| known.equals(&key)) {
                Some((_, old)) => *old = value,
                None => pairs.push((key, value)),
            }
        }
        Ok(pairs)
    }

    fn name(&mut self, name: &str, at: &Range<usize>) -> Result<Kind, ExprError> {
        match name {
            "None" => return Ok(Kind::None),
            "True" => return Ok(Kind::Bool(true)),
            "False" => return Ok(Kind::Bool(false)),
            "logging" | "datetime" => self.note_module(name, at),
            _ => {}
        }
        modules::global(name, at)
    }

    /// The names that people expect and the issue asks for, though CPython's namespace lacks them.
    fn note_module(&mut self, name: &str, at: &Range<usize>) {
        let help = match name {
            "logging" => {
                "leave `logging.` out: the names of logging are there as they are".to_owned()
            }
            _ => format!("for CPython write __import__('{name}').time(...)"),
        };
        let message = format!("CPython stops here: it has no name `{name}` in args and kwargs");
        self.notes.push(Note { message, at: at.clone(), help });
    }

    fn attribute(
        &mut self,
        base: &Value,
        name: &str,
        at: &Range<usize>,
    ) -> Result<Kind, ExprError> {
        match &base.kind {
            Kind::Object(Object::Module(module)) => modules::attribute(module, name, at),
            Kind::Object(Object::Class(class)) => modules::class_attribute(class, name, at),
            _ => Err(ExprError::unsupported(
                format_args!("the attribute `{name}` of a {}", base.type_name()),
                at.clone(),
            )),
        }
    }

    fn index(&self, base: &Value, index: &Value, at: &Range<usize>) -> Result<Value, ExprError> {
        if matches!(base.kind, Kind::Object(Object::Environ)) {
            let Some(name) = index.as_str() else {
                return Err(ExprError::type_error("str expected", index.at.clone()));
            };
            return match self.options.env.get(name) {
                Some(text) => Ok(Value { kind: Kind::Str(text.clone()), at: at.clone() }),
                None => {
                    let what = format!("the server has no environment variable {name}");
                    Err(ExprError::raises("KeyError", what, at.clone()).help(format!(
                        "set {name} for the server, or write os.environ.get('{name}', 'default')"
                    )))
                }
            };
        }
        operators::index(base, index, at)
    }

    fn call(
        &mut self,
        callee: &Node,
        args: &[Node],
        kwargs: &[Keyword],
        at: Range<usize>,
    ) -> Result<Value, ExprError> {
        // the object first, then the arguments, as Python does
        let mut method = None;
        let function = match &callee.kind {
            NodeKind::Attribute(base, name) => {
                let base = self.node(base)?;
                match base.kind {
                    Kind::Object(Object::Module(_) | Object::Class(_)) => {
                        self.attribute(&base, name, &callee.at)?
                    }
                    _ => {
                        method = Some((base, name));
                        Kind::None
                    }
                }
            }
            _ => self.node(callee)?.kind,
        };
        let args = self.items(args)?;
        let mut named = Vec::new();
        for (name, name_at, node) in kwargs {
            named.push((name.clone(), name_at.clone(), self.node(node)?));
        }
        let call = Arguments { args, kwargs: named, at: at.clone() };
        let kind = match (method, function) {
            (Some((base, name)), _) => match &base.kind {
                Kind::Str(text) => strings::method(text, name, &call)?,
                Kind::Object(Object::Environ) if name == "get" => {
                    path::getenv(self.options, &call)?
                }
                _ => {
                    let what = format!("`.{name}()` of a {}", base.type_name());
                    return Err(ExprError::unsupported(what, at));
                }
            },
            (None, Kind::Object(Object::Function(name))) => path::call(self.options, name, &call)?,
            (None, Kind::Object(Object::Class(name))) => {
                return Err(ExprError::unsupported(format_args!("an object of `{name}`"), at));
            }
            (None, kind) => {
                let value = Value { kind, at: callee.at.clone() };
                let what = format!("'{}' object is not callable", value.type_name());
                return Err(ExprError::type_error(what, value.at)
                    .help("is a comma missing before the parenthesis?"));
            }
        };
        let value = Value { kind, at };
        if value.weight() > MAX_LEN { Err(too_large(value.at)) } else { Ok(value) }
    }
}

pub(super) fn too_large(at: Range<usize>) -> ExprError {
    ExprError::limit("the value is larger than 64 KiB", at)
}

impl Arguments {
    /// Binds the arguments to parameters of a function; `required` of them have no default.
    pub(super) fn bind<const N: usize>(
        &self,
        function: &str,
        names: [&str; N],
        required: usize,
    ) -> Result<[Option<&Value>; N], ExprError> {
        let mut bound = [None; N];
        if self.args.len() > N {
            let given = self.args.len();
            let what = format!("{function}() takes at most {N} arguments ({given} given)");
            return Err(ExprError::type_error(what, self.at.clone()));
        }
        for (slot, value) in bound.iter_mut().zip(&self.args) {
            *slot = Some(value);
        }
        for (name, at, value) in &self.kwargs {
            let slot = names.iter().position(|known| known == name && !known.is_empty());
            match slot.and_then(|index| bound.get_mut(index)) {
                Some(slot @ None) => *slot = Some(value),
                Some(Some(_)) => {
                    let what = format!("{function}() got multiple values for argument '{name}'");
                    return Err(ExprError::type_error(what, at.clone()));
                }
                None => {
                    let what = format!("{function}() got an unexpected keyword argument '{name}'");
                    return Err(ExprError::type_error(what, at.clone()));
                }
            }
        }
        if bound.iter().take(required).any(Option::is_none) {
            let what = format!("{function}() needs {required} arguments");
            return Err(ExprError::type_error(what, self.at.clone()));
        }
        Ok(bound)
    }
}
