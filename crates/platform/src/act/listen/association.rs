//! One association, from its request to its end: messages in, answers out, objects to the spool.
//!
//! Invariant: success is answered only for an object that is durable; whatever the other side sends costs this
//! association and nothing else; what is logged says how it ended, never what was sent.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use dicom_ul::pdu::{AbortRQServiceProviderReason, AbortRQSource, PDataValue, PDataValueType, Pdu};
use sudare_intake::dimse::{COMMAND_BYTES_MAX, Request, Status, answer};
use sudare_store::spool::Filling;

use super::hall::Hall;
use super::negotiation::{Context, House, negotiate, unpadded};
use super::storing::{Named, Storing};
use super::wire::{Fault, PDU_BYTES_MAX, REQUEST_BYTES_MAX, Wire};

/// How an association ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Released,
    /// It was not taken.
    Rejected,
    /// The other side broke it off.
    Aborted,
    /// It broke.
    Fault(Fault),
    /// What was sent is not what the protocol allows there.
    Unexpected,
    /// An object took longer than allowed.
    Endless,
}

impl End {
    /// The word it is counted under.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Rejected => "rejected",
            Self::Aborted => "aborted",
            Self::Fault(Fault::Closed) => "closed",
            Self::Fault(Fault::Idle) => "idle",
            Self::Fault(Fault::Slow) | Self::Endless => "slow",
            Self::Fault(Fault::Stopped) => "stopped",
            Self::Fault(Fault::Long | Fault::Garbage) | Self::Unexpected => "broken",
        }
    }
}

/// Serves a connection to its end; whether it became an association.
pub(super) fn serve(hall: &Hall<'_>, stream: TcpStream, peer: SocketAddr, room: bool) -> bool {
    let Ok(mut wire) = Wire::new(stream, hall.stop) else { return false };
    let (taken, end) = match request(hall, &mut wire, room) {
        Ok(contexts) => {
            // Dropped here, however it ends, it hands over what it acknowledged.
            let end = Association::new(hall, &mut wire, contexts).converse();
            (true, end)
        }
        Err(end) => (false, end),
    };
    hall.count_association(end.word());
    if end == End::Released {
        tracing::debug!(%peer, "an association was released");
    } else {
        tracing::warn!(%peer, how = end.word(), "an association ended");
    }
    let reason = match end {
        End::Released | End::Rejected => None,
        End::Aborted | End::Fault(Fault::Closed) => return taken,
        End::Unexpected => Some(AbortRQServiceProviderReason::UnexpectedPdu),
        End::Fault(Fault::Garbage) => Some(AbortRQServiceProviderReason::UnrecognizedPdu),
        End::Fault(Fault::Long) => Some(AbortRQServiceProviderReason::InvalidPduParameter),
        End::Endless | End::Fault(_) => Some(AbortRQServiceProviderReason::ReasonNotSpecified),
    };
    if let Some(reason) = reason {
        // Nothing can be done if the other side is gone.
        let _gone = wire.send(&Pdu::AbortRQ { source: AbortRQSource::ServiceProvider(reason) });
    }
    wire.close();
    taken
}

/// Takes the request for an association, and answers it.
fn request(hall: &Hall<'_>, wire: &mut Wire<'_>, room: bool) -> Result<Vec<Context>, End> {
    let limits = &hall.asked.limits;
    let request = match wire.read(limits.begin, limits.pdu, REQUEST_BYTES_MAX) {
        Ok(Pdu::AssociationRQ(request)) => request,
        Ok(Pdu::AbortRQ { .. }) => return Err(End::Aborted),
        Ok(_) => return Err(End::Unexpected),
        Err(fault) => return Err(End::Fault(fault)),
    };
    let (ae_title, calling) = (hall.asked.ae_title, hall.asked.calling);
    match negotiate(&request, &House { ae_title, calling, full: !room }) {
        Ok((answer, contexts)) => {
            // A title is shown only where it is one of those that were typed.
            let caller = unpadded(&request.calling_ae_title);
            let caller = calling.iter().find(|known| *known == caller).map_or("-", String::as_str);
            tracing::info!(caller, contexts = contexts.len(), "an association begins");
            wire.send(&Pdu::AssociationAC(answer)).map_err(End::Fault)?;
            Ok(contexts)
        }
        Err(refusal) => {
            tracing::warn!(why = %refusal.source, "an association was rejected");
            wire.send(&Pdu::AssociationRJ(refusal)).map_err(End::Fault)?;
            Err(End::Rejected)
        }
    }
}

/// What is being taken.
enum Doing {
    /// Nothing: between two messages.
    Nothing,
    /// A command, in a context.
    Command(u8, Vec<u8>),
    /// The data set of a request, in a context, since then.
    DataSet(u8, Request, Storing, Instant),
}

struct Association<'a, 'w> {
    hall: &'a Hall<'a>,
    wire: &'a mut Wire<'w>,
    contexts: Vec<Context>,
    doing: Doing,
    tray: Option<(Filling, Instant)>,
}

impl Drop for Association<'_, '_> {
    fn drop(&mut self) {
        self.close_tray();
    }
}

impl<'a, 'w> Association<'a, 'w> {
    const fn new(hall: &'a Hall<'a>, wire: &'a mut Wire<'w>, contexts: Vec<Context>) -> Self {
        Self { hall, wire, contexts, doing: Doing::Nothing, tray: None }
    }

    /// Takes messages until there are no more.
    fn converse(&mut self) -> End {
        let limits = &self.hall.asked.limits;
        loop {
            let next = self.wire.read(limits.idle, limits.pdu, PDU_BYTES_MAX);
            let step = match next {
                Ok(Pdu::PData { data }) => data.iter().try_for_each(|value| self.take(value)),
                Ok(Pdu::ReleaseRQ) if matches!(self.doing, Doing::Nothing) => {
                    return match self.wire.send(&Pdu::ReleaseRP) {
                        Ok(()) => End::Released,
                        Err(fault) => End::Fault(fault),
                    };
                }
                Ok(Pdu::AbortRQ { .. }) => return End::Aborted,
                Ok(_) => return End::Unexpected,
                Err(fault) => return End::Fault(fault),
            };
            if let Err(end) = step {
                return end;
            }
            if matches!(&self.doing, Doing::DataSet(.., since) if since.elapsed() > limits.object) {
                return End::Endless;
            }
            self.hand_over(limits.tray_objects, limits.tray_age);
        }
    }

    /// Hands a tray over that is full or old, of an association that does not end.
    fn hand_over(&mut self, objects: usize, age: Duration) {
        let ripe = |tray: &(Filling, Instant)| tray.0.count() >= objects || tray.1.elapsed() >= age;
        if matches!(self.doing, Doing::Nothing) && self.tray.as_ref().is_some_and(ripe) {
            self.close_tray();
        }
    }

    /// Hands the tray over, without what was not acknowledged.
    fn close_tray(&mut self) {
        self.doing = Doing::Nothing;
        if let Some(tray) = self.tray.take().and_then(|(filling, _)| filling.close()) {
            self.hall.put(tray);
        }
    }

    /// Takes one fragment.
    fn take(&mut self, value: &PDataValue) -> Result<(), End> {
        let id = value.presentation_context_id;
        match (std::mem::replace(&mut self.doing, Doing::Nothing), &value.value_type) {
            (Doing::Nothing, PDataValueType::Command) => self.command(id, Vec::new(), value),
            (Doing::Command(context, bytes), PDataValueType::Command) if context == id => {
                self.command(id, bytes, value)
            }
            (Doing::DataSet(context, request, mut storing, since), PDataValueType::Data)
                if context == id =>
            {
                storing.take(&value.data);
                if value.is_last {
                    return self.stored(id, &request, storing);
                }
                self.doing = Doing::DataSet(context, request, storing, since);
                Ok(())
            }
            _ => Err(End::Unexpected),
        }
    }

    /// Takes a fragment of a command.
    fn command(&mut self, id: u8, mut bytes: Vec<u8>, value: &PDataValue) -> Result<(), End> {
        let context = self.contexts.iter().find(|one| one.id == id).cloned();
        let context = context.ok_or(End::Unexpected)?;
        bytes.extend(&value.data);
        if bytes.len() > COMMAND_BYTES_MAX {
            return Err(End::Unexpected);
        }
        if !value.is_last {
            self.doing = Doing::Command(id, bytes);
            return Ok(());
        }
        let request = Request::read(&bytes).map_err(|error| {
            tracing::warn!(%error, "a command was not understood");
            End::Unexpected
        })?;
        match &request {
            Request::Echo { .. } => {
                self.hall.count_echo();
                self.respond(id, &request, Status::SUCCESS)
            }
            Request::Cancel => Ok(()),
            Request::Other { data_set: false, .. } => {
                self.respond(id, &request, Status::UNRECOGNISED)
            }
            Request::Other { .. } => {
                let storing = Storing::Dropping(Status::UNRECOGNISED);
                self.doing = Doing::DataSet(id, request, storing, Instant::now());
                Ok(())
            }
            Request::Store { class, instance, .. } => {
                let (class, instance) = (class.clone(), instance.clone());
                let storing = match &context.class {
                    Some(agreed) if *agreed == class => {
                        self.store(Named { class, instance, syntax: context.syntax })
                    }
                    _ => Storing::Dropping(Status::MISMATCH),
                };
                self.doing = Doing::DataSet(id, request, storing, Instant::now());
                Ok(())
            }
        }
    }

    /// Begins an object, in a tray that is begun with the first.
    fn store(&mut self, named: Named) -> Storing {
        if let Some(status) = self.hall.refusal() {
            return Storing::Dropping(status);
        }
        let mut tray = match self.tray.take() {
            Some(tray) => tray,
            None => match self.hall.spool.begin(self.hall.desk.clock.now()) {
                Ok(filling) => (filling, Instant::now()),
                Err(error) => {
                    tracing::warn!(%error, "a tray could not be begun");
                    return Storing::Dropping(Status::NO_RESOURCES);
                }
            },
        };
        let storing = Storing::begin(&mut tray.0, named, self.hall.asked.limits.object_bytes);
        self.tray = Some(tray);
        storing
    }

    /// Ends a data set and answers.
    fn stored(&mut self, id: u8, request: &Request, storing: Storing) -> Result<(), End> {
        let stored = storing.end(self.tray.as_mut().map(|(filling, _)| filling));
        self.hall.count_object(stored);
        self.respond(id, request, stored.err().unwrap_or(Status::SUCCESS))
    }

    fn respond(&mut self, id: u8, request: &Request, status: Status) -> Result<(), End> {
        let value = PDataValue {
            presentation_context_id: id,
            value_type: PDataValueType::Command,
            is_last: true,
            data: answer(request, status),
        };
        self.wire.send(&Pdu::PData { data: vec![value] }).map_err(End::Fault)
    }
}
