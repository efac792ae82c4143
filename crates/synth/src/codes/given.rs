//! Drugs that are applied, inhaled or injected. Codes and licences as in `drugs`.

use super::drugs::drug;
use super::{Drug, Form};

/// インスリングラルギンＢＳ注３００単位
pub(crate) static INSULIN: Drug = drug(
    ["622411001", "124110501", "2492416G4010"],
    "インスリングラルギンＢＳ注３００単位",
    ("KIT", "キット"),
    1,
    120,
    Form::External,
);

/// サルメテロール・フルチカゾン吸入用
pub(crate) static SALMETEROL: Drug = drug(
    ["621829601", "118296301", "2290801G2010"],
    "サルメテロール・フルチカゾン吸入用",
    ("KIT", "キット"),
    1,
    330,
    Form::External,
);

/// ロキソプロフェンＮａテープ１００ｍｇ
pub(crate) static LOXOPROFEN_TAPE: Drug = drug(
    ["622227401", "122274001", "2649735S3010"],
    "ロキソプロフェンＮａテープ１００ｍｇ",
    ("MAI", "枚"),
    1,
    2,
    Form::External,
);

/// ヘパリン類似物質軟膏０．３％
pub(crate) static HEPARINOID: Drug = drug(
    ["620009048", "120090401", "3339950M1010"],
    "ヘパリン類似物質軟膏０．３％",
    ("G", "グラム"),
    2,
    4,
    Form::External,
);

/// ラタノプロスト点眼液０．００５％
pub(crate) static LATANOPROST: Drug = drug(
    ["621972901", "119729601", "1319739Q1010"],
    "ラタノプロスト点眼液０．００５％",
    ("ML", "ミリリットル"),
    1,
    20,
    Form::External,
);

/// セフトリアキソンＮａ点滴用１ｇバッグ
pub(crate) static CEFTRIAXONE: Drug = drug(
    ["620002955", "112029501", "6132419G1010"],
    "セフトリアキソンＮａ点滴用１ｇバッグ",
    ("KIT", "キット"),
    1,
    90,
    Form::Injection,
);

/// セファゾリンＮａ点滴用１ｇバッグ
pub(crate) static CEFAZOLIN: Drug = drug(
    ["620007318", "117073101", "6132401G4010"],
    "セファゾリンＮａ点滴用１ｇバッグ",
    ("KIT", "キット"),
    1,
    78,
    Form::Injection,
);

/// 乳酸リンゲル液５００ｍＬ
pub(crate) static LACTATED_RINGER: Drug = drug(
    ["620007532", "117075301", "3319559A2010"],
    "乳酸リンゲル液５００ｍＬ",
    ("HON", "袋"),
    1,
    20,
    Form::Injection,
);

/// 生理食塩液５００ｍＬ
pub(crate) static SALINE: Drug = drug(
    ["620006237", "116062301", "3311401A4010"],
    "生理食塩液５００ｍＬ",
    ("HON", "袋"),
    1,
    20,
    Form::Injection,
);

/// フルオロウラシル注１０００ｍｇ
pub(crate) static FLUOROURACIL: Drug = drug(
    ["622412601", "124126001", "4223401A4010"],
    "フルオロウラシル注１０００ｍｇ",
    ("BIN", "瓶"),
    1,
    55,
    Form::Injection,
);

/// アガルシダーゼ点滴静注用３５ｍｇ
pub(crate) static AGALSIDASE: Drug = drug(
    ["620001911", "112001901", "3959413D2010"],
    "アガルシダーゼ点滴静注用３５ｍｇ",
    ("BIN", "瓶"),
    2,
    74000,
    Form::Injection,
);
