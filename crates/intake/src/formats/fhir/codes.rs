//! What can be wrong with FHIR files. `docs/readings/fhir.md` explains each.

crate::findings::codes! {
    JSON = "FHIR-JSON", Quarantine,
        "a line or file is no JSON text, ends early, or is nested deeper than any resource; it was set aside; \
         check how it was written and sent",
        "JSONとして読めない（途中切れ、過度の入れ子を含む）ため保留した。出力と転送を確認すること";
    ENCODING = "FHIR-ENCODING", Quarantine,
        "a line or file is not UTF-8, which FHIR demands, and was set aside",
        "文字コードがUTF-8でないため保留した";
    NOT_FHIR = "FHIR-NOT-FHIR", Quarantine,
        "a JSON text has no resourceType and was set aside",
        "resourceTypeのないJSONのため保留した";
    TYPE_UNKNOWN = "FHIR-TYPE-UNKNOWN", Error,
        "resourceType is no resource of FHIR R4; the resource was not read",
        "resourceTypeがFHIR R4に存在しないため読み取らなかった";
    TYPE_UNREAD = "FHIR-TYPE-UNREAD", Warning,
        "resources of this type make no row of any clinical table; they are counted only",
        "この種類のリソースは臨床テーブルに格納されない（件数のみ）";
    TYPE_ADMINISTRATIVE = "FHIR-TYPE-ADMINISTRATIVE", Note,
        "a resource describes no patient (organisations, staff, drugs, terminology); it makes no row of its own",
        "患者に関しないリソース（組織、職員、薬剤、用語など）である。行を作成しない";
    EMPTY = "FHIR-EMPTY", Note,
        "a Bundle or an entry holds no resource, or a resource nothing that is stored",
        "リソースのないBundleまたはエントリ、もしくは格納対象の内容がないリソースである";
    PATIENT_MISSING = "FHIR-PATIENT-MISSING", Quarantine,
        "a resource names no patient, or one whose Patient resource is not in the delivery, so that nobody can say \
         whether it may be received; it was set aside; send Patient resources with what refers to them",
        "患者が特定できない（参照がない、またはPatientが提出物にない）ため保留した。参照されるPatientも提出すること";
    PATIENT_AMBIGUOUS = "FHIR-PATIENT-AMBIGUOUS", Quarantine,
        "a reference or insured number leads to more than one patient number; the resource was set aside",
        "参照または被保険者番号が複数の患者番号に対応するため保留した";
    PATIENT_CONFLICT = "FHIR-PATIENT-CONFLICT", Quarantine,
        "Patient resources of one number differ in birth date, sex or institution; what refers to them was set \
         aside; find out who they are",
        "同一患者番号のPatient間で生年月日、性別または医療機関が異なるため保留した。本人を確認すること";
    NUMBER_MISSING = "FHIR-NUMBER-MISSING", Warning,
        "a Patient has no patient number of an institution; another identifier or the id stands in for it",
        "医療機関の患者番号がないため、他の識別子またはidを患者番号とした";
    MEMBER_ID = "FHIR-MEMBER-ID", Warning,
        "an insured number is not written 保険者番号:記号:番号:枝番 and was not taken apart",
        "被保険者個人識別子が「保険者番号:記号:番号:枝番」の形式でないため分解しなかった";
    NAME = "FHIR-NAME", Note,
        "a name does not say whether it is in kanji or kana; its characters decided",
        "氏名に漢字・カナの区別がないため文字種で判断した";
    GENDER = "FHIR-GENDER", Warning,
        "gender is none of male, female, other, unknown",
        "性別の値が規定外である";
    DATE = "FHIR-DATE", Warning,
        "a date or time cannot be read",
        "日付または日時が読み取れない";
    DATE_PARTIAL = "FHIR-DATE-PARTIAL", Note,
        "a date has no day or no month; its first day is stored",
        "日または月のない日付である。先頭日を格納した";
    NUMBER = "FHIR-NUMBER", Warning,
        "a number cannot be read",
        "数値が読み取れない";
    CODE_MISSING = "FHIR-CODE-MISSING", Error,
        "a resource that must have a code has neither code nor text; it made no row",
        "必須のコードも文字もないため行を作成しなかった";
    CODE_LENGTH = "FHIR-CODE-LENGTH", Note,
        "a code does not have the length of its system, such as 17 characters of JLAC10",
        "コードの桁数がコード体系と一致しない（JLAC10は17桁など）";
    CODINGS_MORE = "FHIR-CODINGS-MORE", Note,
        "a concept has several codings; the one of the preferred system is stored",
        "複数のコードのうち優先するコード体系のものを格納した";
    SYSTEM_UNKNOWN = "FHIR-SYSTEM-UNKNOWN", Note,
        "a code system has no word of ours; its URI is stored",
        "未登録のコード体系である。URIのまま格納した";
    VALUE_TYPE = "FHIR-VALUE-TYPE", Warning,
        "a value is of a type that is not stored; the row stands without it",
        "格納対象外の型の値である。値なしで行を作成した";
    VALUE_ABSENT = "FHIR-VALUE-ABSENT", Note,
        "an observation has no value, components or members; the row stands without a value",
        "値のない検査結果である。値なしで行を作成した";
    PANEL = "FHIR-PANEL", Note,
        "an observation only groups others; it made no row",
        "他の検査結果を束ねるだけのため行を作成しなかった";
    STATUS = "FHIR-STATUS", Note,
        "a resource is entered in error, cancelled, refuted or not done; it made no row",
        "取消・誤入力・否定・未実施のため行を作成しなかった";
    DOSAGE_MORE = "FHIR-DOSAGE-MORE", Note,
        "a drug has several dosage instructions; the first one is stored",
        "用法が複数ある。先頭のものを格納した";
    REFERENCE = "FHIR-REFERENCE", Warning,
        "a reference to a drug, specimen, insurer or device leads nowhere in the delivery",
        "薬剤・検体・保険者・機器への参照先が提出物にない";
    ELEMENT = "FHIR-ELEMENT", Note,
        "an element of a resource is stored in no table",
        "格納先のない要素である";
    EXTENSION = "FHIR-EXTENSION", Note,
        "an extension is not known and not stored",
        "未対応の拡張である。格納しない";
    MODIFIER = "FHIR-MODIFIER", Error,
        "a modifier extension is not known: the resource may mean something else and made no row",
        "未対応のmodifierExtensionがあり意味が変わりうるため行を作成しなかった";
    ATTACHMENT = "FHIR-ATTACHMENT", Warning,
        "an attachment is not text, or lies outside the delivery; it is not stored as a note",
        "添付が文字ではない、または提出物の外にあるため記録文として格納しない";
    BASE64 = "FHIR-BASE64", Warning,
        "an attachment is not base64 or not in the character set it names",
        "添付がBASE64または申告された文字コードとして読めない";
}
