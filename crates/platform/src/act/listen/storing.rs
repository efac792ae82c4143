//! One object on its way from the association to the spool: streamed, bounded, compared with its command.

use std::io::Write as _;

use sudare_intake::dimse::{Fit, HEAD_BYTES, Status, Uid, file_head, fit};
use sudare_store::spool::{Arriving, Filling};

/// What the command and the context say of an object.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) class: Uid,
    pub(super) instance: Uid,
    pub(super) syntax: Uid,
}

/// An object whose data set comes in.
#[derive(Debug)]
pub(super) enum Storing {
    /// It goes to the spool.
    Keeping(Box<Keeping>),
    /// It was refused; its data set is taken and dropped, since the answer comes after it.
    Dropping(Status),
}

/// An object that goes to the spool.
#[derive(Debug)]
pub(super) struct Keeping {
    named: Named,
    arriving: Arriving,
    /// The beginning of its data set.
    head: Vec<u8>,
    bytes: u64,
    bytes_max: u64,
}

impl Storing {
    /// Begins an object in a tray.
    pub(super) fn begin(filling: &mut Filling, named: Named, bytes_max: u64) -> Self {
        let begun = filling.arrive().map_err(drop).and_then(|mut arriving| {
            let head = file_head(&named.class, &named.instance, &named.syntax);
            arriving.write_all(&head).map_err(drop)?;
            Ok(arriving)
        });
        match begun {
            Ok(arriving) => {
                let (head, bytes) = (Vec::new(), 0);
                Self::Keeping(Box::new(Keeping { named, arriving, head, bytes, bytes_max }))
            }
            Err(()) => Self::Dropping(Status::NO_RESOURCES),
        }
    }

    /// Takes a piece of the data set.
    pub(super) fn take(&mut self, piece: &[u8]) {
        let Self::Keeping(keeping) = self else { return };
        keeping.bytes += piece.len() as u64;
        if keeping.bytes > keeping.bytes_max {
            *self = Self::Dropping(Status::TOO_LARGE);
            return;
        }
        let room = HEAD_BYTES - keeping.head.len();
        keeping.head.extend(piece.iter().take(room));
        if keeping.arriving.write_all(piece).is_err() {
            *self = Self::Dropping(Status::NO_RESOURCES);
        }
    }

    /// Ends the object. On success it is durable, and these were the bytes of its data set.
    pub(super) fn end(self, filling: Option<&mut Filling>) -> Result<u64, Status> {
        let keeping = match self {
            Self::Keeping(keeping) => *keeping,
            Self::Dropping(status) => return Err(status),
        };
        let Keeping { named, arriving, head, bytes, .. } = keeping;
        let whole = head.len() as u64 == bytes;
        match fit(&head, whole, &named.syntax, &named.class, &named.instance) {
            Fit::Fits => {}
            Fit::Mismatch => return Err(Status::MISMATCH),
            Fit::Broken => return Err(Status::NOT_UNDERSTOOD),
        }
        let kept = filling.map(|tray| tray.keep(arriving, named.instance.as_str().as_bytes()));
        match kept {
            Some(Ok(())) => Ok(bytes),
            Some(Err(error)) => {
                tracing::warn!(%error, "an object could not be kept");
                Err(Status::NO_RESOURCES)
            }
            None => Err(Status::NO_RESOURCES),
        }
    }
}
