//! The secret by which the processes of a cluster know each other.
//!
//! Without it anyone with an account on the machine could send an executor a plan, and the executor holds keys.
//! Ballista gives one hook on every connection it opens, the endpoint; the pass travels there as the agent's name.
//! It goes over loopback in the clear, so it is worth no more than the machine's own walls between accounts.

use std::fmt;
use std::sync::Arc;

use ballista_core::extension::EndpointOverrideFn;
use tonic::{Request, Status};
use zeroize::Zeroizing;

const BYTES: usize = 32;
const AGENT: &str = "sudare/";

/// A secret of 32 bytes. Prints nothing; overwritten when dropped.
#[derive(Clone)]
pub struct Pass(Arc<Zeroizing<String>>);

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pass(..)")
    }
}

/// Why there is no pass.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The text is not a pass.
    #[error("a cluster pass is {} lower-case hexadecimal digits", BYTES * 2)]
    Shape,
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Randomness,
}

impl Pass {
    /// A new one.
    ///
    /// # Errors
    /// [`PassError::Randomness`].
    pub fn generate() -> Result<Self, PassError> {
        let mut bytes = Zeroizing::new([0u8; BYTES]);
        aws_lc_rs::rand::fill(bytes.as_mut_slice()).map_err(|_| PassError::Randomness)?;
        let mut text = Zeroizing::new(String::with_capacity(BYTES * 2));
        for byte in bytes.iter() {
            text.extend(
                [byte >> 4, byte & 15]
                    .map(|half| char::from_digit(half.into(), 16))
                    .iter()
                    .flatten(),
            );
        }
        Ok(Self(Arc::new(text)))
    }

    /// The pass in a text, such as a file's content; spaces around it do not matter.
    ///
    /// # Errors
    /// [`PassError::Shape`].
    pub fn parse(text: &str) -> Result<Self, PassError> {
        let text = text.trim();
        let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == BYTES * 2 && text.bytes().all(fits) {
            Ok(Self(Arc::new(Zeroizing::new(text.to_owned()))))
        } else {
            Err(PassError::Shape)
        }
    }

    /// Its text, to be written into a file for its owner alone or into a pipe. Never on a command line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Shows the pass on every connection.
    pub(super) fn shown(&self) -> EndpointOverrideFn {
        let pass = self.clone();
        Arc::new(move |endpoint| Ok(endpoint.user_agent(format!("{AGENT}{}", pass.text()))?))
    }

    /// Lets a call through if it shows the pass.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`.
    pub(super) fn admit(&self, request: Request<()>) -> Result<Request<()>, Status> {
        let shown = request.metadata().get("user-agent").map_or(&b""[..], |value| value.as_bytes());
        let shown = shown.strip_prefix(AGENT.as_bytes()).and_then(|rest| rest.get(..BYTES * 2));
        let held = self.text().as_bytes();
        let same = |shown| aws_lc_rs::constant_time::verify_slices_are_equal(shown, held).is_ok();
        if shown.is_some_and(same) {
            Ok(request)
        } else {
            Err(Status::unauthenticated("no pass of this cluster"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_reads_back_and_hides() {
        let pass = Pass::generate().unwrap();
        assert_eq!(Pass::parse(&format!(" {}\n", pass.text())).unwrap().text(), pass.text());
        assert_eq!(format!("{pass:?}"), "Pass(..)");
        assert_ne!(pass.text(), Pass::generate().unwrap().text());
        assert!(Pass::parse("abc").is_err());
        assert!(Pass::parse(&"G".repeat(64)).is_err());
    }

    #[test]
    fn only_the_same_pass_is_admitted() {
        let pass = Pass::generate().unwrap();
        let call = |agent: String| {
            let mut request = Request::new(());
            request.metadata_mut().insert("user-agent", agent.parse().unwrap());
            pass.admit(request).is_ok()
        };
        assert!(call(format!("sudare/{} tonic/0.14", pass.text())));
        assert!(!call(format!("sudare/{} tonic/0.14", Pass::generate().unwrap().text())));
        assert!(!call("tonic/0.14".to_owned()));
        assert!(!call("sudare/".to_owned()));
        assert!(pass.admit(Request::new(())).is_err());
    }
}
