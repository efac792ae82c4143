//! `listen`: images come in over a network, as modalities and archives send them (DICOM C-STORE), and go through the
//! same door as files.
//!
//! In order: an association is negotiated; each object is streamed to the spool, sealed, and acknowledged once it is
//! durable; when associations have ended, or one does not end, what was spooled becomes one delivery of
//! [`super::receive`]; once the ledger has it, the spool is emptied. The site is taken for each delivery alone, so that
//! other acts go on while a listener runs.
//!
//! Invariants: nothing lies in clear; nothing acknowledged is lost by a kill, since what is spooled is received at the
//! next start; what the other side sends costs its association at most. Threads: one for each association, one that
//! receives. Start at [`listen`], then `association`.

use std::net::SocketAddr;
use std::time::Duration;

use sudare_model::ProviderId;
use sudare_store::spool::{Spool, SpoolError};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{receive, stop};
use crate::answer::{ListenAnswer, ReceiveAnswer};
use crate::error::{ActError, At as _, Doing as _};
use crate::progress::Progress;
use crate::site::Desk;

mod association;
mod hall;
mod negotiation;
mod rounds;
mod storing;
mod wire;

use hall::Hall;

/// Connections beyond the associations, to be told that there is no room.
const STANDING: usize = 8;
/// Longest application entity title (PS3.5 section 6.2, AE).
const AE_TITLE_MAX: usize = 16;

/// What is asked of a listener.
#[derive(Debug, Clone)]
pub struct ListenAsked<'a> {
    /// Provider whose images come in.
    pub provider: &'a str,
    /// The listener's own application entity title.
    pub ae_title: &'a str,
    /// Address and port.
    pub bind: &'a str,
    /// Who may call; empty for anybody, which only an address of this machine alone allows.
    pub calling: &'a [String],
    /// Whether to end after one association.
    pub once: bool,
    /// What is bounded.
    pub limits: ListenLimits,
}

/// What comes from outside is bounded.
#[derive(Debug, Clone, Copy)]
pub struct ListenLimits {
    /// Associations at once.
    pub associations: usize,
    /// Bytes of one data set.
    pub object_bytes: u64,
    /// How long an association may be silent.
    pub idle: Duration,
    /// How long a connection may take to ask for an association.
    pub begin: Duration,
    /// How long a PDU may take, from its first byte.
    pub pdu: Duration,
    /// How long one object may take.
    pub object: Duration,
    /// How long all must be silent before what was spooled is received.
    pub settle: Duration,
    /// How long what was spooled waits at most, others being busy.
    pub gather: Duration,
    /// Objects after which an association's tray is handed over.
    pub tray_objects: usize,
    /// Age at which it is.
    pub tray_age: Duration,
    /// How long to wait after a failure before trying again, twice as long each time.
    pub retry: Duration,
}

impl Default for ListenLimits {
    fn default() -> Self {
        Self {
            associations: 16,
            object_bytes: 4 << 30,
            idle: Duration::from_secs(60),
            begin: Duration::from_secs(10),
            pdu: Duration::from_secs(30),
            object: Duration::from_secs(1800),
            settle: Duration::from_secs(2),
            gather: Duration::from_secs(60),
            tray_objects: 2000,
            tray_age: Duration::from_secs(300),
            retry: Duration::from_secs(5),
        }
    }
}

/// Tells a listener to end. Clones tell the same one.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Tells it.
    pub fn raise(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was told.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        *self.0.borrow()
    }

    async fn raised(&self) {
        let mut told = self.0.subscribe();
        // The sender lives as long as this does, so waiting cannot fail.
        let _always = told.wait_for(|raised| *raised).await;
    }
}

/// What a listener tells while it runs.
#[derive(Debug, Clone, Copy)]
pub enum Heard<'a> {
    /// It listens.
    Listening {
        /// Where.
        address: SocketAddr,
        /// Objects that an earlier listener left in the spool, to be received first.
        left: usize,
    },
    /// A delivery was received.
    Received(&'a ReceiveAnswer),
    /// What was spooled waits for another process that has the site.
    Busy,
    /// What was spooled could not be received; it stays there and is tried again.
    Trouble(&'a ActError),
}

/// Listens until it is told to stop.
///
/// # Errors
/// [`ActError::Usage`] if what is asked does not read, the address cannot be had or another process listens for the
/// provider; [`ActError::Refused`] if a rule refuses what came in; [`ActError::Failed`] if it could not be received to
/// the end. What was acknowledged is then in the spool, for the next listener.
pub fn listen(
    desk: &Desk,
    asked: &ListenAsked<'_>,
    stop: &Stop,
    heard: &(dyn Fn(Heard<'_>) + Sync),
    progress: &dyn Progress,
) -> Result<ListenAnswer, ActError> {
    let (provider, bind) = checked(asked)?;
    if let Some(site) = desk.site()? {
        receive::register_with(&site, &provider)?;
    }
    let spool = match Spool::open(&desk.home, desk.keys.clone(), &provider) {
        Err(error @ SpoolError::Busy { .. }) => {
            return Err(ActError::usage("--provider", error.to_string()));
        }
        opened => opened.doing("opening the spool")?,
    };
    let left = spool.left().doing("looking into the spool")?;
    let listener = desk.runtime.block_on(TcpListener::bind(bind)).at("--bind")?;
    let address = listener.local_addr().doing("listening")?;
    let objects = left.iter().map(|tray| tray.objects().len()).sum();
    let hall = Hall::new((desk, spool, provider), asked, stop, heard, progress);
    left.into_iter().for_each(|tray| hall.put(tray));
    heard(Heard::Listening { address, left: objects });
    let received = std::thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            // However it ends: nobody acknowledges what nobody receives.
            let _end = Ending(stop);
            rounds::run(&hall)
        });
        desk.runtime.block_on(welcome(scope, &hall, listener));
        receiver.join()
    });
    let ended = received.map_err(|_| std::io::Error::other("a thread ended before its time"));
    ended.doing("receiving what was spooled")??;
    Ok(hall.account(address.to_string()))
}

/// What is asked, if it reads.
fn checked(asked: &ListenAsked<'_>) -> Result<(ProviderId, SocketAddr), ActError> {
    let provider = stop::provider_id(asked.provider)?;
    let bind: SocketAddr = asked.bind.parse().map_err(|_| {
        ActError::usage("--bind", "is an address and a port, such as 127.0.0.1:11112")
    })?;
    ae_title("--ae-title", asked.ae_title)?;
    asked.calling.iter().try_for_each(|title| ae_title("--calling", title))?;
    if asked.calling.is_empty() && !bind.ip().is_loopback() {
        let help = "is open to other machines: name with --calling who may send";
        return Err(ActError::usage("--bind", help));
    }
    Ok((provider, bind))
}

fn ae_title(argument: &str, title: &str) -> Result<(), ActError> {
    let good = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'\\';
    let whole = title.trim() == title && (1..=AE_TITLE_MAX).contains(&title.len());
    if whole && title.bytes().all(good) {
        return Ok(());
    }
    Err(ActError::usage(argument, "is 1 to 16 letters, digits or signs, without a backslash"))
}

/// Raises the stop when it is dropped.
struct Ending<'a>(&'a Stop);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.raise();
    }
}

/// Takes connections, each on a thread of its own, until the listener is told to stop.
async fn welcome<'scope, 'env>(
    scope: &'scope std::thread::Scope<'scope, 'env>,
    hall: &'scope Hall<'scope>,
    listener: TcpListener,
) {
    let associations = if hall.asked.once { 1 } else { hall.asked.limits.associations };
    loop {
        let accepted = tokio::select! {
            () = hall.stop.raised() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // No descriptors left, most likely: those that are open end some time.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let stream = stream.into_std().and_then(|stream| {
            stream.set_nonblocking(false)?;
            Ok(stream)
        });
        let Ok(stream) = stream else { continue };
        let Some((seat, room)) = hall.seat(associations + STANDING, associations) else {
            tracing::warn!(%peer, "a connection was dropped: there are too many");
            continue;
        };
        let served = std::thread::Builder::new().name("association".to_owned());
        let served = served.spawn_scoped(scope, move || {
            let _seat = seat;
            // A panic costs the association and is counted; the scope must not see it.
            let served =
                std::panic::AssertUnwindSafe(|| association::serve(hall, stream, peer, room));
            match std::panic::catch_unwind(served) {
                Ok(taken) if taken && hall.asked.once => hall.stop.raise(),
                Ok(_) => {}
                Err(_) => hall.count_association("broken"),
            }
        });
        if served.is_err() {
            tracing::warn!(%peer, "a connection was dropped: no thread could be started");
        }
    }
}
