//! A modality that sends images, by the client half of the public protocol library; and the images.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use dicom_ul::pdu::{PDataValue, PDataValueType, Pdu, PresentationContextResultReason};
use dicom_ul::{ClientAssociation, ClientAssociationOptions};

pub(crate) const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const VERIFICATION: &str = "1.2.840.10008.1.1";
const PRIVATE: &str = "1.3.12.2.1107.5.9.1";

/// An association that was taken.
pub(crate) struct Modality {
    association: ClientAssociation<TcpStream>,
    message: u16,
}

impl Modality {
    /// Calls a listener under its title; why it was not taken, if so.
    pub(crate) fn call(address: SocketAddr, called: &str) -> Result<Self, String> {
        let association = ClientAssociationOptions::new()
            .calling_ae_title("CT1")
            .called_ae_title(called)
            .with_presentation_context(CT, vec![EXPLICIT])
            .with_presentation_context(VERIFICATION, vec!["1.2.840.10008.1.2"])
            .with_presentation_context(PRIVATE, vec![EXPLICIT])
            .read_timeout(Duration::from_secs(20))
            .establish(address)
            .map_err(|error| error.to_string())?;
        Ok(Self { association, message: 0 })
    }

    /// Whether the context of images was accepted, that of C-ECHO and the private one.
    pub(crate) fn accepted(&self) -> [bool; 3] {
        [1, 3, 5].map(|id| {
            self.association.presentation_contexts().iter().any(|one| {
                one.id == id && one.reason == PresentationContextResultReason::Acceptance
            })
        })
    }

    /// C-ECHO.
    pub(crate) fn echo(&mut self) -> u16 {
        self.command(3, 0x30, VERIFICATION, "", false);
        self.status()
    }

    /// C-STORE of a data set; the status answered.
    pub(crate) fn store(&mut self, instance: &str, data_set: &[u8]) -> u16 {
        self.store_as(CT, instance, data_set)
    }

    /// The same, with another class than was agreed.
    pub(crate) fn store_as(&mut self, class: &str, instance: &str, data_set: &[u8]) -> u16 {
        self.command(1, 0x01, class, instance, true);
        let mut pieces = data_set.chunks(100_000).peekable();
        while let Some(piece) = pieces.next() {
            self.part(PDataValueType::Data, 1, piece, pieces.peek().is_none());
        }
        self.status()
    }

    /// An operation that is none here, with a data set.
    pub(crate) fn find(&mut self) -> u16 {
        self.command(1, 0x20, CT, "", true);
        self.part(PDataValueType::Data, 1, b"\x08\0\x05\0CS\0\0", true);
        self.status()
    }

    /// The beginning of a C-STORE.
    pub(crate) fn begin(&mut self, instance: &str, piece: &[u8]) {
        self.command(1, 0x01, CT, instance, true);
        self.part(PDataValueType::Data, 1, piece, false);
    }

    pub(crate) fn release(self) {
        self.association.release().unwrap();
    }

    pub(crate) fn abort(self) {
        self.association.abort().unwrap();
    }

    fn command(&mut self, context: u8, field: u16, class: &str, instance: &str, data_set: bool) {
        self.message += 1;
        let mut body = Vec::new();
        let mut put = |element: u16, value: &[u8]| {
            let padded = value.len() + value.len() % 2;
            body.extend([0, 0]);
            body.extend(element.to_le_bytes());
            body.extend(u32::try_from(padded).unwrap().to_le_bytes());
            body.extend(value);
            body.resize(body.len() + padded - value.len(), 0);
        };
        put(0x0002, class.as_bytes());
        put(0x0100, &field.to_le_bytes());
        put(0x0110, &self.message.to_le_bytes());
        put(0x0700, &[0, 0]);
        put(0x0800, &if data_set { 1u16 } else { 0x0101 }.to_le_bytes());
        if !instance.is_empty() {
            put(0x1000, instance.as_bytes());
        }
        let mut bytes = vec![0, 0, 0, 0, 4, 0, 0, 0];
        bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        bytes.extend(body);
        self.part(PDataValueType::Command, context, &bytes, true);
    }

    fn part(&mut self, value_type: PDataValueType, id: u8, data: &[u8], is_last: bool) {
        let data = data.to_vec();
        let value = PDataValue { presentation_context_id: id, value_type, is_last, data };
        self.association.send(&Pdu::PData { data: vec![value] }).unwrap();
    }

    /// The status of the answer.
    fn status(&mut self) -> u16 {
        let Pdu::PData { data } = self.association.receive().unwrap() else {
            panic!("no answer came");
        };
        let mut rest = data[0].data.as_slice();
        while let [_, _, e0, e1, l0, l1, l2, l3, after @ ..] = rest {
            let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
            if [*e0, *e1] == [0x00, 0x09] {
                return u16::from_le_bytes([after[0], after[1]]);
            }
            rest = &after[length..];
        }
        panic!("an answer has no status");
    }
}

/// Whose image it is.
pub(crate) struct Whose<'a> {
    pub(crate) patient: &'a str,
    pub(crate) name: &'a str,
    pub(crate) birth: &'a str,
}

/// The data set of an image: explicit, little-endian.
pub(crate) fn image(whose: &Whose<'_>, instance: &str, series: &str, pixels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let elements = [
        (0x0008u16, 0x0005u16, b"CS", "ISO_IR 192"),
        (0x0008, 0x0016, b"UI", CT),
        (0x0008, 0x0018, b"UI", instance),
        (0x0008, 0x0020, b"DA", "20240601"),
        (0x0008, 0x0030, b"TM", "101010"),
        (0x0008, 0x0060, b"CS", "CT"),
        (0x0010, 0x0010, b"PN", whose.name),
        (0x0010, 0x0020, b"LO", whose.patient),
        (0x0010, 0x0030, b"DA", whose.birth),
        (0x0010, 0x0040, b"CS", "M"),
        (0x0020, 0x000D, b"UI", "1.2.3.9"),
        (0x0020, 0x000E, b"UI", series),
    ];
    for (group, element, kind, value) in elements {
        let mut value = value.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(if kind == b"UI" { 0 } else { b' ' });
        }
        bytes.extend(group.to_le_bytes());
        bytes.extend(element.to_le_bytes());
        bytes.extend(kind);
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
    }
    bytes.extend(b"\xE0\x7F\x10\0OW\0\0");
    bytes.extend(u32::try_from(pixels).unwrap().to_le_bytes());
    bytes.resize(bytes.len() + pixels, 7);
    bytes
}
