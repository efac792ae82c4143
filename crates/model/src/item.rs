//! Items of information (項目) that a notice names and a row belongs to (R-NOT-01(3), R-INT-04).

use std::fmt;

macro_rules! items {
    ($($(#[$doc:meta])* $variant:ident = $word:literal / $ja:literal),* $(,)?) => {
        /// An item of medical information, as a notice lists it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum DataItem { $($(#[$doc])* $variant),* }

        impl DataItem {
            /// All items.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The word used in register files.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The item in Japanese, for notices and reports.
            #[must_use]
            pub const fn japanese(self) -> &'static str {
                match self { $(Self::$variant => $ja),* }
            }
        }
    };
}

items! {
    /// Birth date, sex, area of residence.
    Demographics = "demographics" / "基本属性",
    /// Visits, admissions, transfers, discharges.
    Visits = "visits" / "受診・入退院",
    /// Diagnoses.
    Diagnoses = "diagnoses" / "傷病名",
    /// Prescriptions, injections, dispensing.
    Drugs = "drugs" / "処方・注射・調剤",
    /// Procedures, operations, imaging acts, meals.
    Procedures = "procedures" / "診療行為",
    /// Laboratory results and physiological measurements.
    Measurements = "measurements" / "検査結果",
    /// Allergies and other observations.
    Observations = "observations" / "アレルギー・所見",
    /// Materials and devices.
    Devices = "devices" / "特定器材",
    /// Insurance periods.
    Insurance = "insurance" / "保険資格",
    /// Points and charges.
    Costs = "costs" / "点数・費用",
    /// Death and its cause.
    Death = "death" / "死亡",
    /// Free text.
    Notes = "notes" / "記録文",
    /// Images and what their headers say.
    Images = "images" / "画像",
}

impl DataItem {
    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|item| item.word() == word)
    }

    /// The position in [`DataItem::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for DataItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
