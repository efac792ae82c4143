//! Claims: records of commas, as sections 1, 3 and 4 of the format notes list them.

use encoding_rs::SHIFT_JIS;

use crate::Unexpected;

/// A record: its columns, the name first.
pub type Record = Vec<String>;

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The records before `RE`: `MN` and who claims, in a payer's file.
    pub before: Vec<Record>,
    /// `RE`.
    pub head: Record,
    /// The records behind `RE`.
    pub records: Vec<Record>,
}

impl Claim {
    /// A column of `RE`; empty where there is none.
    #[must_use]
    pub fn head(&self, column: usize) -> &str {
        self.head.get(column).map_or("", String::as_str)
    }

    /// The records of a name.
    pub fn of<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'c Record> {
        self.records.iter().filter(move |record| text(record, 0) == name)
    }

    /// 合計点数 of the payer who pays first: `HO`, or `KO` where there is none.
    #[must_use]
    pub fn billed(&self) -> u64 {
        let payer = self.of("HO").chain(self.of("KO")).next();
        payer.map_or(0, |payer| number(payer, 5))
    }

    /// Points of `SI`, `IY` and `TO`, each times its count.
    #[must_use]
    pub fn paid_apart(&self) -> u64 {
        let acts = ["SI", "IY", "TO"].into_iter().flat_map(|name| self.of(name));
        acts.map(|act| number(act, 5) * number(act, 6)).sum()
    }
}

/// A file of claims.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    /// In the order of the file.
    pub claims: Vec<Claim>,
    /// `GO`: 総件数 and 総合計点数.
    pub totals: Option<(u64, u64)>,
}

/// How many columns a record of a medical claim has (section 1).
#[must_use]
pub fn columns(name: &str) -> Option<usize> {
    Some(match name {
        "IR" => 10,
        "RE" => 38,
        "HO" => 15,
        "KO" => 12,
        "SN" => 9,
        "JD" | "MF" => 33,
        "GR" | "SJ" => 3,
        "SY" => 8,
        "SI" | "IY" => 44,
        "TO" => 48,
        "CO" => 5,
        "GO" => 4,
        _ => return None,
    })
}

/// A column of a record; empty where there is none.
#[must_use]
pub fn text(record: &Record, column: usize) -> &str {
    record.get(column).map_or("", String::as_str)
}

/// A number in a column; 0 where there is none.
#[must_use]
pub fn number(record: &Record, column: usize) -> u64 {
    text(record, column).parse().unwrap_or(0)
}

/// The lines of a file without their ends and the mark of the file's.
fn lines(bytes: &[u8]) -> Result<Vec<String>, Unexpected> {
    let (text, _, broken) = SHIFT_JIS.decode(bytes);
    if broken {
        return Err(Unexpected::new(0, "bytes that are no Shift_JIS"));
    }
    let text = text.trim_end_matches('\u{1A}');
    Ok(text.split_terminator('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect())
}

/// Reads a provider's file.
///
/// # Errors
/// [`Unexpected`] for bytes that are no Shift_JIS, and for a record before the first claim that opens no file.
pub fn read(bytes: &[u8]) -> Result<Claims, Unexpected> {
    let mut file = Claims::default();
    for (at, line) in lines(bytes)?.iter().enumerate() {
        let record: Record = line.split(',').map(str::to_owned).collect();
        match text(&record, 0) {
            "IR" | "YK" | "UK" => {}
            "GO" => file.totals = Some((number(&record, 1), number(&record, 2))),
            "RE" => {
                let records = Vec::new();
                file.claims.push(Claim { before: Vec::new(), head: record, records });
            }
            _ => {
                let open = file.claims.last_mut();
                let open = open.ok_or_else(|| Unexpected::new(at + 1, "a record before RE"))?;
                open.records.push(record);
            }
        }
    }
    Ok(file)
}

/// Reads what a payer returns to an insurer (section 4): kind, line and branch before each record; a claim from its
/// `MN` to the next.
///
/// # Errors
/// [`Unexpected`] where a line has no such prefix, its number is not the next of its claim, or a claim does not begin
/// with `MN`, who claims, and `RE`.
pub fn read_returned(bytes: &[u8]) -> Result<Claims, Unexpected> {
    let mut file = Claims::default();
    let mut before: Vec<Record> = Vec::new();
    let mut expected = 0;
    for (at, line) in lines(bytes)?.iter().enumerate() {
        let wrong = |what: &str| Unexpected::new(at + 1, what);
        let mut parts = line.splitn(4, ',');
        let mut part = || parts.next().ok_or_else(|| wrong("no prefix of three columns"));
        let (kind, count, branch, rest) = (part()?, part()?, part()?, part()?);
        if (kind, branch) != ("1", "0") {
            return Err(wrong("a line that the payer added"));
        }
        let record: Record = rest.split(',').map(str::to_owned).collect();
        let name = text(&record, 0).to_owned();
        expected = if name == "MN" { 1 } else { expected + 1 };
        if count != expected.to_string() {
            return Err(wrong("the number of the line is not the next of its claim"));
        }
        match (name.as_str(), expected) {
            ("MN", _) => before = vec![record],
            ("IR" | "YK", 2) => before.push(record),
            ("RE", 3) => {
                let before = std::mem::take(&mut before);
                file.claims.push(Claim { before, head: record, records: Vec::new() });
            }
            (_, 4..) => {
                let open = file.claims.last_mut().ok_or_else(|| wrong("a record before RE"))?;
                open.records.push(record);
            }
            _ => return Err(wrong("a claim that does not begin with MN, who claims, and RE")),
        }
    }
    Ok(file)
}

/// What is wrong with the bundled payment of a DPC claim, by the order in which section 3 names the fields of `BU`,
/// `SB`, `HH`, `GT` and `CD`; `None` where nothing is, or where it is no DPC claim.
///
/// `HH`: points of the stage times its days are the subtotal. `GT`: the subtotals add up; the total of the month and
/// what is paid apart are what `HO` bills. `SB`: a code, an ICD-10, a part in the stay. `CD`: a day of the stay, a code
/// of nine digits.
#[must_use]
pub fn bundle_fault(claim: &Claim) -> Option<String> {
    let stay = claim.of("BU").next()?;
    let (group, admitted, discharged) = (text(stay, 1), text(stay, 2), text(stay, 3));
    if group.chars().count() != 14 {
        return Some("BU-1 is no group of 14 characters".to_owned());
    }
    if admitted != claim.head(8) || !(discharged.is_empty() || discharged >= admitted) {
        return Some("BU-2 and BU-3 are not the days of the stay".to_owned());
    }
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    for disease in claim.of("SB") {
        let icd10 = text(disease, 4);
        let mut letters = icd10.chars();
        let is_icd10 = letters.next().is_some_and(|one| one.is_ascii_uppercase())
            && (3..=5).contains(&icd10.len())
            && letters.all(|one| one.is_ascii_digit());
        let part = ["11", "21", "22", "31", "41"].contains(&text(disease, 5));
        if !digits(text(disease, 1), 7) || !is_icd10 || !part {
            return Some("SB is not code, modifier, name, ICD-10, part".to_owned());
        }
    }
    let mut sum = 0;
    for stage in claim.of("HH") {
        if text(stage, 1) != claim.head(3) {
            return Some("HH-1 is not the month of the claim".to_owned());
        }
        if number(stage, 6) * number(stage, 7) != number(stage, 8) {
            return Some("HH-8 is not HH-6 times HH-7".to_owned());
        }
        sum += number(stage, 8);
    }
    let total = claim
        .of("GT")
        .next()
        .map(|total| (text(total, 1), number(total, 5), number(total, 8), text(total, 9)));
    let (month, subtotals, month_total, category) = total.unwrap_or_default();
    if month != claim.head(3) || subtotals != sum || category != "93" {
        return Some("GT-1, GT-5 or GT-9 is not month, sum of HH-8, 93".to_owned());
    }
    if month_total + claim.paid_apart() != claim.billed() {
        return Some("GT-8 and what is paid apart are not HO-5".to_owned());
    }
    for act in claim.of("CD") {
        let day = text(act, 1);
        let within = day >= admitted && (discharged.is_empty() || day <= discharged);
        if !within || !digits(text(act, 2), 2) || !digits(text(act, 5), 9) {
            return Some("CD is not day, category, order, detail, code".to_owned());
        }
    }
    None
}

/// Whether a number ends in its check digit (section 0.4): from the right 2, 1, 2, 1 …, digits of products added.
#[must_use]
pub fn check_digit_holds(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.trim().chars().map(|one| one.to_digit(10)).collect();
    let Some((check, rest)) = digits.as_deref().and_then(<[u32]>::split_last) else { return false };
    let mut sum = 0;
    for (at, digit) in rest.iter().rev().enumerate() {
        let product = if at % 2 == 0 { digit * 2 } else { *digit };
        sum += product / 10 + product % 10;
    }
    (sum + check) % 10 == 0
}
