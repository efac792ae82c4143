//! The reference page of codes, written from the sources that declare them: rules that refuse, findings that tell.
//!
//! Rules are declared by `rules! { Name = "id", "article", "english", "japanese"; }` in `model::rule`, findings by
//! `codes! { NAME = "CODE", Severity, "english", "japanese"; }` in the formats of `intake` and the walk of `platform`.

use std::fmt::Write as _;

use syn::Token;
use syn::parse::{Parse, ParseStream};

use crate::tree::Source;

/// Where the page stands.
pub const PAGE: &str = "docs/reference/codes.md";

/// One declaration: the code, and its texts in order; a severity is a text too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub code: String,
    /// What stands behind it.
    pub texts: Vec<String>,
}

/// The declarations of one macro call.
struct Codes(Vec<Code>);

impl Parse for Codes {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut codes = Vec::new();
        while !input.is_empty() {
            let _name: syn::Ident = input.parse()?;
            let _equals: Token![=] = input.parse()?;
            let code = input.parse::<syn::LitStr>()?.value();
            let mut texts = Vec::new();
            while input.parse::<Option<Token![,]>>()?.is_some() && !input.peek(Token![;]) {
                let word = input.parse::<Option<syn::Ident>>()?.map(|word| word.to_string());
                texts.push(match word {
                    Some(word) => word.to_lowercase(),
                    None => input.parse::<syn::LitStr>()?.value(),
                });
            }
            let _end: Token![;] = input.parse()?;
            codes.push(Code { code, texts });
        }
        Ok(Self(codes))
    }
}

/// What the calls of a macro in one file declare. A call that is not of this shape declares nothing.
#[must_use]
pub fn declared(source: &Source, name: &str) -> Vec<Code> {
    let calls = source.items.items.iter().filter_map(|item| match item {
        syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == name => Some(&item.mac),
        _ => None,
    });
    calls.filter_map(|call| call.parse_body::<Codes>().ok()).flat_map(|codes| codes.0).collect()
}

/// The page as the sources have it.
#[must_use]
pub fn page(sources: &[Source]) -> String {
    let mut page = String::from(
        "# Codes\n\nWritten from the sources by `SUDARE_BLESS=1 cargo test -p sudare-tidy codes`, and compared with them \
         by every test run.\n\n## Rules that refuse\n\nA refusal ends with exit status 3 and cites the rule and its \
         article.\n\n| rule | article | why | 理由 |\n| --- | --- | --- | --- |\n",
    );
    let of = |package: &str, name: &str| -> Vec<Code> {
        let ours = sources.iter().filter(|source| source.package() == package && !source.is_test);
        ours.flat_map(|source| declared(source, name)).collect()
    };
    rows(&mut page, &of("crates/model", "rules"));
    page.push_str(
        "\n## Findings\n\nA finding says what kind and where, never what a value was. Bad rows are findings, not \
         failures: a note was read as meant, a warning lost a value, an error lost a row, a quarantine set a file or a \
         patient's part of one aside.\n\n| finding | severity | what and what to do | 内容と対応 |\n\
         | --- | --- | --- | --- |\n",
    );
    let mut findings = of("crates/intake", "codes");
    findings.extend(of("crates/platform", "codes"));
    findings.sort_by(|a, b| a.code.cmp(&b.code));
    rows(&mut page, &findings);
    page
}

fn rows(page: &mut String, codes: &[Code]) {
    for code in codes {
        let cells: Vec<String> = code.texts.iter().map(|text| text.replace('|', "\\|")).collect();
        let _infallible = writeln!(page, "| `{}` | {} |", code.code, cells.join(" | "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_code_changes_the_page() {
        let text = "codes! {\n    EMPTY = \"FILE-EMPTY\", Warning,\n        \"no \\\n         byte\",\n        \"空\";\n}\n";
        let source = Source::parse("crates/intake/src/findings.rs", text).unwrap();
        let page = page(std::slice::from_ref(&source));
        assert!(page.contains("| `FILE-EMPTY` | warning | no byte | 空 |"), "{page}");
        assert!(declared(&source, "rules").is_empty());
    }
}
