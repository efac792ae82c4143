//! Received to Cleared: notices, stop requests, notifications, the intake predicate.
