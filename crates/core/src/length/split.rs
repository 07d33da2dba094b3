//! Cutting a text into parts that fit.

use std::collections::VecDeque;

use unicode_segmentation::UnicodeSegmentation;

use super::atoms::{Atom, Atoms, Break, Kind};
use super::{Cost, LengthUnit};

/// Cuts one text. The pieces of a text are made once; those behind a cut are looked at again, which is at
/// most once for each kind of break.
pub(super) struct Splitter<'a> {
    text: &'a str,
    unit: LengthUnit,
    most: usize,
    atoms: Atoms<'a>,
    /// Pieces that were made and are in no part yet.
    held: VecDeque<Atom>,
    /// Where the next part begins, in bytes.
    from: usize,
    /// The parts.
    pub(super) parts: Vec<&'a str>,
    /// How often a piece was looked at.
    pub(super) steps: usize,
}

/// Where a part is cut.
struct Cut {
    /// How many pieces are in it.
    pieces: usize,
    /// Where it ends, in bytes.
    end: usize,
}

impl<'a> Splitter<'a> {
    pub(super) fn new(text: &'a str, unit: LengthUnit, most: usize) -> Self {
        let atoms = Atoms::new(text, unit);
        let (held, parts) = (VecDeque::new(), Vec::new());
        Self { text, unit, most: most.max(1), atoms, held, from: 0, parts, steps: 0 }
    }

    pub(super) fn run(mut self) -> Self {
        while let Some(first) = self.at(0) {
            let fits = first.cost.total() <= self.most;
            match first.kind {
                Kind::Gap(_) if !fits => self.drop_first(1),
                Kind::Word | Kind::SentenceEnd if !fits => self.cut_up(first),
                _ => self.part(),
            }
        }
        self
    }

    fn at(&mut self, index: usize) -> Option<Atom> {
        self.steps += 1;
        while self.held.len() <= index {
            self.held.push_back(self.atoms.next()?);
        }
        self.held.get(index).copied()
    }

    /// Takes one part off the front.
    fn part(&mut self) {
        let mut most = self.most;
        let cut = loop {
            let cut = self.choose(most);
            let over = match self.text.get(self.from..cut.end) {
                // Elsewhere the length of a part is the sum of its pieces; of a link only a part may
                // have been in it, or it may be one only now.
                Some(part) if matches!(self.unit, LengthUnit::Weighted | LengthUnit::Mastodon) => {
                    self.unit.count(part).saturating_sub(self.most)
                }
                _ => 0,
            };
            if over == 0 || cut.pieces == 1 {
                break cut;
            }
            most = most.saturating_sub(over);
        };
        // White space alone is a part only where there is nothing else.
        let is_blank = cut.pieces == 1 && self.begins_in_gap() && self.at(1).is_some();
        if !is_blank {
            self.parts.extend(self.text.get(self.from..cut.end));
        }
        self.drop_first(cut.pieces);
        self.drop_gap();
    }

    /// The best cut that leaves a part no longer than `most`. At least one piece is in it.
    fn choose(&mut self, most: usize) -> Cut {
        let (mut sum, mut index) = (Cost::NONE, 0);
        let mut best: Option<(Break, usize)> = None;
        while let Some(atom) = self.at(index) {
            sum = sum.and(atom.cost);
            let here = match atom.kind {
                Kind::Gap(ends) => Some((ends, index)),
                _ if sum.total() > most => {
                    // White space before the first word goes when that fills the part by itself.
                    let first = if self.begins_in_gap() { 1 } else { index };
                    return self.cut_at(best.map_or(first, |(_, pieces)| pieces));
                }
                Kind::SentenceEnd => Some((Break::Sentence, index + 1)),
                Kind::Word => None,
            };
            let here = here.filter(|(_, pieces)| *pieces > 0);
            best = here.filter(|here| best.is_none_or(|best| here.0 >= best.0)).or(best);
            index += 1;
        }
        // Only white space at the end of the text can be what is too much.
        self.cut_at(if sum.total() > most { index.saturating_sub(1) } else { index })
    }

    fn cut_at(&self, pieces: usize) -> Cut {
        let pieces = pieces.max(1);
        let end = self.held.get(pieces - 1).map_or(self.from, |last| last.end);
        Cut { pieces, end }
    }

    /// Leaves out the white space at a cut.
    fn drop_gap(&mut self) {
        if self.begins_in_gap() {
            self.drop_first(1);
        }
    }

    fn begins_in_gap(&mut self) -> bool {
        self.at(0).is_some_and(|first| matches!(first.kind, Kind::Gap(_)))
    }

    fn drop_first(&mut self, pieces: usize) {
        for atom in self.held.drain(..pieces.min(self.held.len())) {
            self.from = atom.end;
        }
    }

    /// Cuts up a piece that does not fit by itself: a link into its characters, a character into code
    /// points.
    fn cut_up(&mut self, atom: Atom) {
        self.held.pop_front();
        let (text, from) = (self.text, self.from);
        let Some(piece) = text.get(from..atom.end) else { return };
        let graphemes: Vec<(usize, &str)> = piece.grapheme_indices(true).take(2).collect();
        if graphemes.len() < 2 {
            return self.cut_character(piece);
        }
        for (at, grapheme) in piece.grapheme_indices(true).rev() {
            let end = from + at + grapheme.len();
            self.held.push_front(Atom { end, cost: self.unit.cost(grapheme), kind: Kind::Word });
        }
    }

    fn cut_character(&mut self, piece: &'a str) {
        let (start, mut sum) = (self.from, Cost::NONE);
        for (at, character) in piece.char_indices() {
            let cost = self.unit.cost(character.encode_utf8(&mut [0; 4]));
            if sum.and(cost).total() > self.most && start + at > self.from {
                self.parts.extend(self.text.get(self.from..start + at));
                (self.from, sum) = (start + at, Cost::NONE);
            }
            sum = sum.and(cost);
            self.steps += 1;
        }
        let end = start + piece.len();
        if sum.total() <= self.most && self.from > start {
            // What is left of it may stand in a part together with what follows.
            self.held.push_front(Atom { end, cost: sum, kind: Kind::Word });
        } else {
            self.parts.extend(self.text.get(self.from..end));
            self.from = end;
            self.drop_gap();
        }
    }
}
