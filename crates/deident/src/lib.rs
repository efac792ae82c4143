//! Linked to Anonymised or Pseudonymised: tables, risk, certificate, report.
