//! Tokens to a tree, by precedence, with a bound on the depth.

use std::ops::Range;

use super::lex::{Token, tokens};
use super::{ExprError, MAX_DEPTH};

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) at: Range<usize>,
    /// How many nodes lie between this one and its deepest leaf.
    depth: usize,
}

#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    Literal(Token),
    Name(String),
    Attribute(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    Call(Box<Node>, Vec<Node>, Vec<Keyword>),
    Tuple(Vec<Node>),
    List(Vec<Node>),
    Dict(Vec<(Node, Node)>),
    Unary(&'static str, Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    /// value, condition, otherwise
    If(Box<Node>, Box<Node>, Box<Node>),
}

/// `name=value` in a call: the name, its place, the value.
pub(super) type Keyword = (String, Range<usize>, Node);

/// Parses a whole expression.
pub(super) fn parse(text: &str) -> Result<Node, ExprError> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0 };
    let mut node = parser.expression(0)?;
    if parser.peek_mark(",") {
        let start = node.at.start;
        let mut items = vec![node];
        while parser.take(",") {
            if matches!(parser.peek(), Token::End) {
                break;
            }
            items.push(parser.expression(0)?);
        }
        let end = items.last().map_or(start, |item| item.at.end);
        node = make(NodeKind::Tuple(items), start..end)?;
    }
    match parser.peek() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected()),
    }
}

/// The text as a dotted name (`handlers.RotatingFileHandler`), which is what `class` holds.
pub(crate) fn dotted_name(text: &str) -> Option<String> {
    fn name(node: &Node) -> Option<String> {
        match &node.kind {
            NodeKind::Name(name) => Some(name.clone()),
            NodeKind::Attribute(base, name_) => Some(format!("{}.{name_}", name(base)?)),
            _ => None,
        }
    }
    name(&parse(text).ok()?)
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
}

/// Binding strength of the operators between two operands, as in Python's grammar.
fn strength(token: &Token) -> Option<(u8, &'static str)> {
    Some(match token {
        Token::Name(name) => match name.as_str() {
            "or" => (1, "or"),
            "and" => (2, "and"),
            "in" => (4, "in"),
            "is" => (4, "is"),
            "not" => (4, "not in"),
            _ => return None,
        },
        Token::Mark(mark) => match *mark {
            "==" | "!=" | "<" | ">" | "<=" | ">=" => (4, mark),
            "|" => (5, mark),
            "^" => (6, mark),
            "&" => (7, mark),
            "<<" | ">>" => (8, mark),
            "+" | "-" => (9, mark),
            "*" | "/" | "//" | "%" | "@" => (10, mark),
            "**" => (12, mark),
            _ => return None,
        },
        _ => return None,
    })
}

const COMPARISON: u8 = 4;
const NOT: u8 = 3;
const SIGN: u8 = 11;
const POWER: u8 = 12;

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

impl Parser {
    /// A whole expression: `a if c else b` or less.
    fn expression(&mut self, depth: usize) -> Result<Node, ExprError> {
        let value = self.operand(0, depth)?;
        if !self.take_name("if") {
            return Ok(value);
        }
        let condition = self.operand(0, depth + 1)?;
        if !self.take_name("else") {
            return Err(self.unexpected());
        }
        let otherwise = self.expression(depth + 1)?;
        let at = value.at.start..otherwise.at.end;
        make(NodeKind::If(Box::new(value), Box::new(condition), Box::new(otherwise)), at)
    }

    /// Operands joined by operators that bind at least as strongly as `least`.
    fn operand(&mut self, least: u8, depth: usize) -> Result<Node, ExprError> {
        if depth > MAX_DEPTH {
            return Err(too_deep(self.at()));
        }
        let mut left = self.unary(least, depth)?;
        let mut compared = false;
        while let Some((power, operator)) = strength(self.peek()).filter(|(p, _)| *p >= least) {
            let mut operator = operator;
            let operator_at = self.at();
            self.next += 1;
            match operator {
                "not in" if !self.take_name("in") => return Err(self.unexpected()),
                "is" if self.take_name("not") => operator = "is not",
                _ => {}
            }
            if power == COMPARISON && std::mem::replace(&mut compared, true) {
                return Err(ExprError::unsupported("a chained comparison", operator_at));
            }
            // ** goes from right to left and takes a sign on its right
            let right = if power == POWER { SIGN } else { power + 1 };
            let right = self.operand(right, depth + 1)?;
            let at = left.at.start..right.at.end;
            left = make(NodeKind::Binary(operator, Box::new(left), Box::new(right)), at)?;
        }
        Ok(left)
    }

    fn unary(&mut self, least: u8, depth: usize) -> Result<Node, ExprError> {
        let start = self.at().start;
        let (operator, power) = match self.peek() {
            Token::Name(name) if name == "not" && least <= NOT => ("not", NOT),
            Token::Mark(mark @ ("+" | "-" | "~")) => (*mark, SIGN),
            _ => {
                let atom = self.atom(depth)?;
                return self.postfix(atom, depth);
            }
        };
        self.next += 1;
        let operand = self.operand(power, depth + 1)?;
        let at = start..operand.at.end;
        make(NodeKind::Unary(operator, Box::new(operand)), at)
    }

    fn postfix(&mut self, mut node: Node, depth: usize) -> Result<Node, ExprError> {
        loop {
            let start = node.at.start;
            if self.take(".") {
                let at = self.at();
                let Token::Name(name) = self.peek().clone() else { return Err(self.unexpected()) };
                self.next += 1;
                node = make(NodeKind::Attribute(Box::new(node), name), start..at.end)?;
            } else if self.take("[") {
                let index = self.expression(depth + 1)?;
                if self.peek_mark(":") {
                    return Err(ExprError::unsupported("a slice", self.at()));
                }
                let end = self.close("]")?;
                node = make(NodeKind::Index(Box::new(node), Box::new(index)), start..end)?;
            } else if self.take("(") {
                let (args, kwargs) = self.arguments(depth + 1)?;
                let end = self.close(")")?;
                node = make(NodeKind::Call(Box::new(node), args, kwargs), start..end)?;
            } else {
                return Ok(node);
            }
        }
    }

    fn arguments(&mut self, depth: usize) -> Result<(Vec<Node>, Vec<Keyword>), ExprError> {
        let (mut args, mut kwargs) = (Vec::new(), Vec::<Keyword>::new());
        while !self.peek_mark(")") {
            if self.peek_mark("*") || self.peek_mark("**") {
                return Err(ExprError::unsupported("an unpacked argument", self.at()));
            }
            let keyword = match (self.peek(), self.tokens.get(self.next + 1)) {
                (Token::Name(name), Some((Token::Mark("="), _))) => Some((name.clone(), self.at())),
                _ => None,
            };
            if let Some((name, at)) = keyword {
                self.next += 2;
                if kwargs.iter().any(|(known, ..)| *known == name) {
                    return Err(ExprError::syntax(
                        format!("keyword argument repeated: {name}"),
                        at,
                    ));
                }
                kwargs.push((name, at, self.expression(depth)?));
            } else {
                let at = self.at();
                if !kwargs.is_empty() {
                    let what = "positional argument follows keyword argument";
                    return Err(ExprError::syntax(what, at));
                }
                args.push(self.expression(depth)?);
            }
            if !self.take(",") {
                break;
            }
        }
        Ok((args, kwargs))
    }

    fn atom(&mut self, depth: usize) -> Result<Node, ExprError> {
        let (token, at) = match self.tokens.get(self.next) {
            Some(token) => token.clone(),
            None => return Err(self.unexpected()),
        };
        match token {
            Token::Str(_) | Token::Bytes(_) => self.strings(),
            Token::Int(_) | Token::Float(_) => {
                self.next += 1;
                make(NodeKind::Literal(token), at)
            }
            Token::Name(name) if name == "lambda" => Err(ExprError::unsupported("a lambda", at)),
            Token::Name(name) if matches!(name.as_str(), "None" | "True" | "False") => {
                self.next += 1;
                make(NodeKind::Name(name), at)
            }
            Token::Name(name) if KEYWORDS.contains(&name.as_str()) => Err(self.unexpected()),
            Token::Name(name) => {
                self.next += 1;
                make(NodeKind::Name(name), at)
            }
            Token::Mark("(") => self.parenthesis(depth),
            Token::Mark("[") => {
                self.next += 1;
                let items = self.items("]", depth)?.0;
                let end = self.close("]")?;
                make(NodeKind::List(items), at.start..end)
            }
            Token::Mark("{") => self.dict(depth),
            Token::Mark(_) | Token::End => Err(self.unexpected()),
        }
    }

    fn parenthesis(&mut self, depth: usize) -> Result<Node, ExprError> {
        let start = self.at().start;
        self.next += 1;
        let (mut items, comma) = self.items(")", depth)?;
        let end = self.close(")")?;
        match items.pop() {
            Some(mut only) if items.is_empty() && !comma => {
                only.at = start..end;
                Ok(only)
            }
            last => {
                items.extend(last);
                make(NodeKind::Tuple(items), start..end)
            }
        }
    }

    /// Items up to the closing bracket, and whether a comma stood among them.
    fn items(&mut self, close: &str, depth: usize) -> Result<(Vec<Node>, bool), ExprError> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.peek_mark(close) {
            if self.peek_mark("*") {
                return Err(ExprError::unsupported("an unpacked sequence", self.at()));
            }
            items.push(self.expression(depth + 1)?);
            if matches!(self.peek(), Token::Name(name) if name == "for" || name == "async") {
                return Err(ExprError::unsupported("a comprehension", self.at()));
            }
            if !self.take(",") {
                break;
            }
            comma = true;
        }
        Ok((items, comma))
    }

    fn dict(&mut self, depth: usize) -> Result<Node, ExprError> {
        let start = self.at().start;
        self.next += 1;
        let mut pairs = Vec::new();
        while !self.peek_mark("}") {
            if self.peek_mark("**") || self.peek_mark("*") {
                return Err(ExprError::unsupported("an unpacked dict", self.at()));
            }
            let key = self.expression(depth + 1)?;
            if !self.peek_mark(":") {
                if self.peek_mark(",") || self.peek_mark("}") {
                    return Err(ExprError::unsupported("a set", start..self.at().end));
                }
                return Err(self.unexpected());
            }
            self.next += 1;
            pairs.push((key, self.expression(depth + 1)?));
            if matches!(self.peek(), Token::Name(name) if name == "for" || name == "async") {
                return Err(ExprError::unsupported("a comprehension", self.at()));
            }
            if !self.take(",") {
                break;
            }
        }
        let end = self.close("}")?;
        make(NodeKind::Dict(pairs), start..end)
    }

    /// Adjacent string literals are one.
    fn strings(&mut self) -> Result<Node, ExprError> {
        let Some((mut all, mut at)) = self.tokens.get(self.next).cloned() else {
            return Err(self.unexpected());
        };
        self.next += 1;
        while let Some((token @ (Token::Str(_) | Token::Bytes(_)), next)) =
            self.tokens.get(self.next)
        {
            match (&mut all, token) {
                (Token::Str(text), Token::Str(more)) => text.push_str(more),
                (Token::Bytes(bytes), Token::Bytes(more)) => bytes.extend_from_slice(more),
                _ => {
                    let what = "cannot mix bytes and nonbytes literals";
                    return Err(ExprError::syntax(what, at.start..next.end));
                }
            }
            at.end = next.end;
            self.next += 1;
        }
        make(NodeKind::Literal(all), at)
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn at(&self) -> Range<usize> {
        let last = self.tokens.last().map_or(0..0, |(_, at)| at.clone());
        self.tokens.get(self.next).map_or(last, |(_, at)| at.clone())
    }

    fn peek_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Token::Mark(found) if *found == mark)
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = self.peek_mark(mark);
        self.next += usize::from(found);
        found
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Token::Name(found) if found == name);
        self.next += usize::from(found);
        found
    }

    fn close(&mut self, mark: &'static str) -> Result<usize, ExprError> {
        let at = self.at();
        if self.take(mark) {
            Ok(at.end)
        } else {
            Err(self.unexpected().help(format!("close with {mark}")))
        }
    }

    fn unexpected(&self) -> ExprError {
        let what = match self.peek() {
            Token::End if self.next == 0 => "the expression is empty".to_owned(),
            Token::End => "the expression ends too early".to_owned(),
            Token::Name(name) => format!("`{name}` can't stand here"),
            Token::Mark(":=") => "`:=` can't stand here".to_owned(),
            Token::Mark(mark) => format!("`{mark}` can't stand here"),
            Token::Int(_) | Token::Float(_) => "a number can't stand here".to_owned(),
            Token::Str(_) | Token::Bytes(_) => "a string can't stand here".to_owned(),
        };
        let error = ExprError::syntax(what, self.at());
        match self.peek() {
            Token::Str(_) | Token::Int(_) | Token::Name(_) if self.next > 0 => {
                error.help("is a comma missing before it?")
            }
            _ => error,
        }
    }
}

fn too_deep(at: Range<usize>) -> ExprError {
    ExprError::limit(format!("the expression is nested more than {MAX_DEPTH} deep"), at)
}

/// A chain such as `a + a + a` is as deep as it is long, so depth is kept for each node.
fn make(kind: NodeKind, at: Range<usize>) -> Result<Node, ExprError> {
    let deepest =
        |nodes: &mut dyn Iterator<Item = &Node>| nodes.map(|n| n.depth).max().unwrap_or(0);
    let below = match &kind {
        NodeKind::Literal(_) | NodeKind::Name(_) => 0,
        NodeKind::Attribute(a, _) | NodeKind::Unary(_, a) => a.depth,
        NodeKind::Index(a, b) | NodeKind::Binary(_, a, b) => a.depth.max(b.depth),
        NodeKind::If(a, b, c) => a.depth.max(b.depth).max(c.depth),
        NodeKind::Call(f, args, kwargs) => {
            deepest(&mut args.iter().chain(kwargs.iter().map(|(.., node)| node)).chain([&**f]))
        }
        NodeKind::Tuple(items) | NodeKind::List(items) => deepest(&mut items.iter()),
        NodeKind::Dict(pairs) => deepest(&mut pairs.iter().flat_map(|(k, v)| [k, v])),
    };
    if below + 1 > MAX_DEPTH {
        return Err(too_deep(at));
    }
    Ok(Node { kind, at, depth: below + 1 })
}
