//! Bytes to Received: one module per format; findings; quarantine.
