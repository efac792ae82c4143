//! DICOM messages as a receiver needs them: the commands of C-ECHO and C-STORE, their answers, and the beginning of
//! the file that a data set becomes.
//!
//! What it is for: bytes of a command in, bytes of an answer out. What it is not for: connections, associations and
//! PDUs (`platform` has them), and what a data set says (that is [`crate::formats`]).
//!
//! Invariant: memory is bounded by the bytes given; a UID is digits and dots of at most 64 characters or it is none; no
//! `Debug` shows one, since it leads back to the archive it comes from.
//!
//! Source: DICOM PS3.7 sections 9.1 and 9.3 and annexes C and E, PS3.4 annex B.2.3 (status), PS3.5 section 9 (UIDs),
//! PS3.10 section 7.1 (files). Start at [`Request::read`].

mod data_set;
mod file;

#[cfg(test)]
mod tests;

pub use data_set::{Fit, HEAD_BYTES, fit};
pub use file::{IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, file_head};

/// What the SOP class of C-ECHO is called.
pub const VERIFICATION: &str = "1.2.840.10008.1.1";
/// What the UIDs of all storage SOP classes of the standard begin with.
pub const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";
/// What the UIDs of all transfer syntaxes of the standard begin with.
pub const TRANSFER_SYNTAX: &str = "1.2.840.10008.1.2";
/// Bytes of a command at most; a C-STORE request has some 250.
pub const COMMAND_BYTES_MAX: usize = 16 << 10;

/// Longest UID (PS3.5 section 9).
const UID_MAX: usize = 64;
/// What (0000,0800) says where no data set follows.
const NO_DATA_SET: u16 = 0x0101;

const C_STORE: u16 = 0x0001;
const C_ECHO: u16 = 0x0030;
const C_CANCEL: u16 = 0x0FFF;
/// The bit that makes a request's field that of its answer.
const ANSWER: u16 = 0x8000;

/// A unique identifier that reads.
#[derive(Clone, PartialEq, Eq)]
pub struct Uid(String);

impl std::fmt::Debug for Uid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Uid({})", self.0.len())
    }
}

impl Uid {
    /// Reads a UID, padded by NUL or, as some write it, by spaces.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
        let bytes = bytes.get(..end)?;
        let good = !bytes.is_empty()
            && bytes.len() <= UID_MAX
            && bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        good.then(|| Self(String::from_utf8_lossy(bytes).into_owned()))
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Whether anybody is here.
    Echo {
        /// Number of the message.
        message: u16,
    },
    /// To keep an object. Its data set follows.
    Store {
        /// Number of the message.
        message: u16,
        /// SOP class of the object.
        class: Uid,
        /// SOP instance: the object.
        instance: Uid,
    },
    /// To stop an operation; there is none that could be.
    Cancel,
    /// Anything else. It is answered by [`Status::UNRECOGNISED`].
    Other {
        /// Number of the message.
        message: u16,
        /// The command's field.
        field: u16,
        /// Whether a data set follows.
        data_set: bool,
    },
}

/// A command that cannot be understood; the association ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// An element states more bytes than the command has, or is of another group.
    #[error("the command breaks at byte {byte}")]
    Broken {
        /// Where.
        byte: usize,
    },
    /// An element that the command must have is missing or does not read.
    #[error("the command has no element (0000,{element:04x}) that reads")]
    Element {
        /// Its number.
        element: u16,
    },
}

impl Request {
    /// Reads a command: elements of group 0000, implicit and little-endian (PS3.7 section 6.3.1).
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn read(command: &[u8]) -> Result<Self, CommandError> {
        let elements = Elements::read(command)?;
        let field = elements.number(0x0100)?;
        if field == C_CANCEL {
            return Ok(Self::Cancel);
        }
        let message = elements.number(0x0110)?;
        let data_set = elements.number(0x0800)? != NO_DATA_SET;
        match field {
            C_ECHO if !data_set => Ok(Self::Echo { message }),
            C_STORE if data_set => Ok(Self::Store {
                message,
                class: elements.uid(0x0002)?,
                instance: elements.uid(0x1000)?,
            }),
            _ => Ok(Self::Other { message, field, data_set }),
        }
    }
}

/// The elements of a command that matter.
struct Elements<'a>(Vec<(u16, &'a [u8])>);

impl<'a> Elements<'a> {
    const WANTED: [u16; 6] = [0x0002, 0x0100, 0x0110, 0x0800, 0x0900, 0x1000];

    fn read(command: &'a [u8]) -> Result<Self, CommandError> {
        let mut found: Vec<(u16, &[u8])> = Vec::new();
        let mut rest = command;
        while !rest.is_empty() {
            let broken = CommandError::Broken { byte: command.len() - rest.len() };
            let [0, 0, e0, e1, l0, l1, l2, l3, after @ ..] = rest else { return Err(broken) };
            let element = u16::from_le_bytes([*e0, *e1]);
            let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]);
            let length = usize::try_from(length).map_err(|_| broken)?;
            let (value, next) = after.split_at_checked(length).ok_or(broken)?;
            if Self::WANTED.contains(&element) && !found.iter().any(|(one, _)| *one == element) {
                found.push((element, value));
            }
            rest = next;
        }
        Ok(Self(found))
    }

    fn value(&self, element: u16) -> Option<&'a [u8]> {
        self.0.iter().find(|(one, _)| *one == element).map(|(_, value)| *value)
    }

    fn number(&self, element: u16) -> Result<u16, CommandError> {
        match self.value(element) {
            Some([low, high]) => Ok(u16::from_le_bytes([*low, *high])),
            _ => Err(CommandError::Element { element }),
        }
    }

    fn uid(&self, element: u16) -> Result<Uid, CommandError> {
        self.value(element).and_then(Uid::parse).ok_or(CommandError::Element { element })
    }
}

/// What is answered, and the words that go with it (0000,0902).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Status {
    /// (0000,0900).
    pub code: u16,
    /// At most 64 characters; empty for success.
    pub comment: &'static str,
}

impl Status {
    /// Done.
    pub const SUCCESS: Self = Self { code: 0x0000, comment: "" };
    /// Refused: not authorised.
    pub const NOT_AUTHORISED: Self =
        Self { code: 0x0124, comment: "nothing may be received from this provider now" };
    /// Refused: no such operation.
    pub const UNRECOGNISED: Self =
        Self { code: 0x0211, comment: "only C-ECHO and C-STORE are done here" };
    /// Refused: out of resources.
    pub const NO_RESOURCES: Self =
        Self { code: 0xA700, comment: "cannot be stored now; send it again later" };
    /// Refused: out of resources, because the object is too large.
    pub const TOO_LARGE: Self =
        Self { code: 0xA700, comment: "the object is larger than the limit" };
    /// Error: the data set is of another class or object than the command, or was negotiated as another.
    pub const MISMATCH: Self = Self {
        code: 0xA900,
        comment: "data set, command and context name different classes or objects",
    };
    /// Error: cannot understand.
    pub const NOT_UNDERSTOOD: Self = Self { code: 0xC000, comment: "the data set cannot be read" };
}

/// The answer to a request, to be sent as a command without a data set; nothing to a cancel.
#[must_use]
pub fn answer(request: &Request, status: Status) -> Vec<u8> {
    let (message, field, class, instance) = match request {
        Request::Echo { message } => (*message, C_ECHO, Some(VERIFICATION), None),
        Request::Store { message, class, instance } => {
            (*message, C_STORE, Some(class.as_str()), Some(instance.as_str()))
        }
        Request::Other { message, field, .. } => (*message, *field, None, None),
        Request::Cancel => return Vec::new(),
    };
    let mut body = Vec::with_capacity(256);
    if let Some(class) = class {
        put(&mut body, 0x0002, class.as_bytes(), 0);
    }
    put(&mut body, 0x0100, &(field | ANSWER).to_le_bytes(), 0);
    put(&mut body, 0x0120, &message.to_le_bytes(), 0);
    put(&mut body, 0x0800, &NO_DATA_SET.to_le_bytes(), 0);
    put(&mut body, 0x0900, &status.code.to_le_bytes(), 0);
    if !status.comment.is_empty() {
        put(&mut body, 0x0902, status.comment.as_bytes(), b' ');
    }
    if let Some(instance) = instance {
        put(&mut body, 0x1000, instance.as_bytes(), 0);
    }
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut command = Vec::with_capacity(body.len() + 12);
    put(&mut command, 0x0000, &length.to_le_bytes(), 0);
    command.extend(body);
    command
}

/// An element of group 0000, padded to an even length.
fn put(command: &mut Vec<u8>, element: u16, value: &[u8], padding: u8) {
    let odd = value.len() % 2;
    let length = u32::try_from(value.len() + odd).unwrap_or(u32::MAX);
    command.extend([0, 0]);
    command.extend(element.to_le_bytes());
    command.extend(length.to_le_bytes());
    command.extend(value);
    command.extend(std::iter::repeat_n(padding, odd));
}
