//! The names of the levels and the verbs that lead from one to the next.
//!
//! The verbs are the same words on the command line, in HTTP paths, ledger entries, spans and chapter titles.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// All of them, in the order of the flow.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word used everywhere.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads the word back.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// How protected data is: what the ledger says a dataset is.
    LevelName {
        /// Files as a provider sent them, read and split into identity and content.
        Received = "received",
        /// Rows that passed the intake predicate (R-INT-04).
        Cleared = "cleared",
        /// Cleared rows whose persons are known across providers.
        Linked = "linked",
        /// Made under Article 33 of the Regulation.
        Pseudonymised = "pseudonymised",
        /// Made under Article 18 of the Regulation.
        Anonymised = "anonymised",
    }
}

words! {
    /// An act that the ledger records.
    Verb {
        /// Files come in.
        Receive = "receive",
        /// Notices, stop requests and notifications decide what may stay.
        Screen = "screen",
        /// Who is who across providers.
        Link = "link",
        /// A dataset is made.
        Deidentify = "deidentify",
        /// A user may have a dataset.
        Grant = "grant",
        /// A dataset is handed over.
        Deliver = "deliver",
        /// A dataset or the ledger is checked.
        Verify = "verify",
        /// A stop request, an erasure or a revocation takes effect.
        Withdraw = "withdraw",
    }
}
