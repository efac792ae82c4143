//! The canonical form of JSON: keys sorted by byte, no white space, whole numbers only.

use serde_json::Value;

/// Writes a value in the canonical form. A number that is not whole is written as `null`: no field
/// holds one.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(object) => {
            let mut pairs: Vec<_> = object.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| key.as_bytes());
            out.push(b'{');
            for (at, (key, inner)) in pairs.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                text(key, out);
                out.push(b':');
                write(inner, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (at, inner) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(inner, out);
            }
            out.push(b']');
        }
        Value::String(inner) => text(inner, out),
        Value::Bool(inner) => out.extend_from_slice(if *inner { b"true" } else { b"false" }),
        Value::Number(number) if !number.is_f64() => {
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::Number(_) | Value::Null => out.extend_from_slice(b"null"),
    }
}

/// The shortest escapes: `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`, `\u00xx`; all else as it is.
fn text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(Value::from(text).to_string().as_bytes());
}
