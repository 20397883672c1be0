//! Names of files: their composed form, and their code pages.

use encoding_rs::Encoding;
use fathom_engine::NameText;
use unicode_normalization::UnicodeNormalization;

/// Ways to handle names of files.
pub const NAME_TEXT: NameText = NameText {
    composed: |path| path.nfc().collect(),
    decoded: |page, bytes| {
        let encoding = Encoding::for_label(page.label()?.as_bytes())?;
        let name = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        Some(name.into_owned())
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_decode::ArchiveMember;
    use fathom_engine::file_set::member_rows;
    use fathom_engine::{ArchiveList, FileRow};

    /// The names of an archive's files, whose names are these bytes, beside a file on disk.
    fn read(raw: &[Vec<u8>], beside: &str) -> Vec<String> {
        let member = |(index, raw): (u32, &Vec<u8>)| ArchiveMember {
            index,
            path: String::from_utf8_lossy(raw).into_owned(),
            bytes: 1,
            raw_path: Some(raw.clone()),
        };
        let list = ArchiveList {
            members: (0..).zip(raw).map(member).collect(),
            hidden: 0,
        };
        let row = |path: &str| FileRow::new(path.to_owned(), None, 0, None);
        let rows = [row("a.zip"), row(beside)];
        let (rows, _) = member_rows(&rows, 0, &list, NAME_TEXT);
        let name = |row: FileRow| row.path.trim_start_matches("a.zip/").to_owned();
        rows.into_iter().map(name).collect()
    }

    fn encoded(label: &str, names: &[&str]) -> Vec<Vec<u8>> {
        let encoding = Encoding::for_label(label.as_bytes()).expect("a page");
        let bytes = |name: &&str| {
            let (bytes, _, has_failed) = encoding.encode(name);
            assert!(!has_failed, "{label}: {name}");
            bytes.into_owned()
        };
        names.iter().map(bytes).collect()
    }

    #[test]
    fn names_are_read_in_the_page_of_their_language() {
        let rows: [(&str, &[&str]); 9] = [
            ("euc-kr", &["깊이 지도/1.png", "정답_002.npy"]),
            ("shift_jis", &["部屋の奥行/1.png", "部屋の奥行/2.png"]),
            ("shift_jis", &["深度_001.png"]),
            ("shift_jis", &["正解/距離マップ１.png", "推定/表示.npy"]),
            ("gbk", &["深度图像/1.png", "真值_2.npy"]),
            ("big5", &["深度圖/1.png", "真值_2.npy"]),
            ("windows-1252", &["Küche_größe_1.png", "Études/pièce.npy"]),
            ("windows-1252", &["salle à côté 1.png"]),
            ("gbk", &["gt/测试_0001.png"]),
        ];
        for (label, names) in rows {
            assert_eq!(read(&encoded(label, names), "b.png"), names, "{label}");
        }
        // "Küche_größe", "à côté" and "Åland" in CP850.
        let dos = [
            &b"K\x81che_gr\x94\xe1e.png"[..],
            b"\x85 c\x93t\x82.npy",
            b"\x8fland.npy",
        ];
        assert_eq!(
            read(&dos.map(<[u8]>::to_vec), "b.png"),
            ["Küche_größe.png", "à côté.npy", "Åland.npy"]
        );
    }

    #[test]
    fn words_of_other_names_decide_between_pages() {
        // The bytes of this name are letters in Korean as well as in Chinese.
        let raw = encoded("gbk", &["拍白_1.png"]);
        assert_eq!(raw, encoded("euc-kr", &["탠겜_1.png"]));
        assert_eq!(read(&raw, "int8/拍白_1.npy"), ["拍白_1.png"]);
        let raw = encoded("euc-kr", &["거실_1.png"]);
        assert_eq!(read(&raw, "int8/거실_1.npy"), ["거실_1.png"]);
        // A decomposed name, as macOS has them.
        assert_eq!(
            read(&raw, "int8/\u{1100}\u{1165}\u{1109}\u{1175}\u{11af}_1.npy"),
            ["거실_1.png"]
        );
    }
}
