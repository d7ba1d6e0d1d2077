//! One line of the record: a command line, how `cloudflared` ends on it, and whether `sallyport` ends the same way.

use edge_sim::Faulty;
use journeys::reach::Said;

/// A command line and its end.
pub(crate) struct Row {
    /// The words behind the program's name, parted by blanks; names in braces are filled in.
    pub(crate) words: &'static str,
    /// Variables of the environment.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// What is typed once it runs; its stdin stays open until it ends, unless nothing more is to come.
    pub(crate) typed: &'static str,
    pub(crate) no_more: bool,
    /// What goes wrong at the edge meanwhile.
    pub(crate) fault: Option<fn(&mut Faulty)>,
    /// How `cloudflared` ends.
    pub(crate) theirs: Ends,
    /// How `sallyport` ends.
    pub(crate) ours: Ours,
}

/// How `sallyport` ends beside `cloudflared`.
pub(crate) enum Ours {
    /// The same way.
    Same,
    /// Better, as the row of `docs/behaviour.md` under this name says.
    Better(&'static str, Ends),
}

/// How a program ends.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) code: i32,
    pub(crate) out: Text,
    pub(crate) err: Text,
}

/// What is known of an output.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    /// It is empty.
    Nothing,
    /// This, byte for byte.
    Is(&'static str),
    /// This comes first.
    Begins(&'static str),
    /// This is in it.
    Has(&'static str),
    /// Anything may be there.
    Any,
}

/// What stands for the names in braces.
pub(crate) struct Names(Vec<(&'static str, String)>);

/// Both end the same way.
pub(crate) const fn same(words: &'static str, code: i32, out: Text, err: Text) -> Row {
    Row {
        words,
        env: &[],
        typed: "",
        no_more: false,
        fault: None,
        theirs: Ends { code, out, err },
        ours: Ours::Same,
    }
}

impl Row {
    /// The same where `sallyport` ends better.
    pub(crate) const fn but(mut self, row: &'static str, code: i32, out: Text, err: Text) -> Self {
        self.ours = Ours::Better(row, Ends { code, out, err });
        self
    }

    /// The same with variables in the environment.
    pub(crate) const fn with(mut self, env: &'static [(&'static str, &'static str)]) -> Self {
        self.env = env;
        self
    }

    /// The same with something typed.
    pub(crate) const fn typing(mut self, typed: &'static str) -> Self {
        self.typed = typed;
        self
    }

    /// The same on a bad day of the edge.
    pub(crate) const fn when(mut self, fault: fn(&mut Faulty)) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The same with an end of what is typed.
    pub(crate) const fn and_no_more(mut self) -> Self {
        self.no_more = true;
        self
    }

    /// How `sallyport` should end.
    pub(crate) const fn ours(&self) -> Ends {
        match self.ours {
            Ours::Same => self.theirs,
            Ours::Better(_, ends) => ends,
        }
    }
}

impl Names {
    pub(crate) fn new<const N: usize>(names: [(&'static str, String); N]) -> Self {
        Self(names.into())
    }

    /// The text with every name filled in.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, meant)| text.replace(&format!("{{{name}}}"), meant))
    }
}

impl Ends {
    /// How `said` differs from it; `None` when it does not.
    pub(crate) fn differs(&self, said: &Said, names: &Names) -> Option<String> {
        let fits = said.code == Some(self.code)
            && self.out.fits(&said.text(), names)
            && self.err.fits(&said.err, names);
        (!fits).then(|| {
            format!("ended with {:?}\n--- stdout\n{}\n--- stderr\n{}", said.code, said.text(), said.err)
        })
    }
}

impl Text {
    fn fits(&self, text: &str, names: &Names) -> bool {
        match self {
            Self::Nothing => text.is_empty(),
            Self::Is(whole) => text == names.fill(whole),
            Self::Begins(start) => text.starts_with(&names.fill(start)),
            Self::Has(part) => text.contains(&names.fill(part)),
            Self::Any => true,
        }
    }
}
