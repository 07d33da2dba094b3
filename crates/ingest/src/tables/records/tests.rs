//! Tests of tables: quotes, broken and huge records, and files that come in small pieces.

use super::super::text::Encoding;
use super::*;

fn records_in(bytes: &[u8], piece: usize) -> Vec<Record> {
    let charset = Charset { encoding: Encoding::Utf8, named: false, turkish: false };
    // Read in small pieces, so that each place is once the end of what is known.
    let input = Input::new(Pieces(bytes, piece), Vec::new(), Encoding::Utf8);
    let mut records = Records::new(input, charset, ',');
    std::iter::from_fn(|| records.next().unwrap()).collect()
}

struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let take = self.1.min(self.0.len()).min(out.len());
        out[..take].copy_from_slice(&self.0[..take]);
        self.0 = &self.0[take..];
        Ok(take)
    }
}

fn records(text: &str) -> Vec<(u64, Result<Vec<String>, String>)> {
    let found = records_in(text.as_bytes(), usize::MAX);
    found.into_iter().map(|record| (record.line, record.cells)).collect()
}

fn good(line: u64, cells: &[&str]) -> (u64, Result<Vec<String>, String>) {
    (line, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
}

#[test]
fn quotes_ends_of_lines_and_blank_rows() {
    let text = "\r\na,\"b \"\"c\"\"\",\r\n\n,,\n\"two\nlines\", \"x\" ,1\rq,w\"e,\"r\"t\",\n";
    assert_eq!(
        records(text),
        [
            good(2, &["a", "b \"c\"", ""]),
            good(5, &["two\nlines", "x", "1"]),
            good(7, &["q", "w\"e", "r\"t", ""]),
        ]
    );
}

#[test]
fn a_quote_that_is_not_closed_costs_its_own_line() {
    let text = "a,b,c\n\"open,2,3\nd,\"e\",f\ng,h,i\n";
    let found = records(text);
    assert_eq!(found[0], good(1, &["a", "b", "c"]));
    assert_eq!(found[1].0, 2);
    assert!(found[1].1.as_ref().is_err_and(|why| why.contains("not closed")));
    assert_eq!(found[2..], [good(3, &["d", "e", "f"]), good(4, &["g", "h", "i"])]);
}

#[test]
fn what_is_huge_or_damaged_is_rejected_and_the_next_row_is_read() {
    let long = "x".repeat(3 * MAX_RECORD);
    let wide = format!("{},b", "y".repeat(MAX_CELL + 1));
    let open = format!("\"{}", "z,1\n".repeat(MAX_RECORD));
    let text = format!("{long}\n{wide}\nn\0l,1\n{open}\nlast,row\n");
    let found = records(&text);
    let why = |at: usize| found[at].1.clone().unwrap_err();
    assert!(why(0).contains("longer than 64 KiB"), "{}", why(0));
    assert!(why(1).contains("column 1 is longer than 8 KiB"), "{}", why(1));
    assert!(why(2).contains("zero bytes"), "{}", why(2));
    assert!(why(3).contains("not closed"), "{}", why(3));
    assert_eq!(found[4], good(5, &["z", "1"]), "the lines behind the quote are read");
    assert_eq!(found.last(), Some(&good(4 + MAX_RECORD as u64 + 1, &["last", "row"])));
    assert_eq!(found.len(), 4 + MAX_RECORD);
}

proptest::proptest! {
    #[test]
    fn rows_are_the_same_however_the_file_is_read(text in "[a,\"\n\r x]{0,60}", piece in 1_usize..9) {
        let whole = records_in(text.as_bytes(), usize::MAX);
        let pieces: Vec<Record> = records_in(text.as_bytes(), piece);
        proptest::prop_assert_eq!(&whole, &pieces);
        // Nothing is passed over but blank rows.
        let kept = |s: &str| s.chars().filter(|c| *c == 'a' || *c == 'x').count();
        let all: usize = whole.iter().map(|record| kept(&record.raw)).sum();
        proptest::prop_assert_eq!(all, kept(&text));
    }

    #[test]
    fn what_was_written_is_read(
        rows in proptest::collection::vec(proptest::collection::vec("[a-z,\"\n;ü]{1,8}", 3), 1..6)
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",");
        let text: String = rows.iter().map(|row| line(row) + "\r\n").collect();
        let read: Vec<_> = records(&text).into_iter().map(|(_, cells)| cells.unwrap()).collect();
        proptest::prop_assert_eq!(read, rows);
    }
}
