//! Paper: PDFs set by typst inside the program: no browser, no network, the fonts built in.
//!
//! A room has templates (`templates/*.typ`) that read `data.json`; [`set`] puts the two together.

use std::sync::LazyLock;

use kit::{Code, Problem, Result};
use serde_json::Value;
use typst::{
    Library, LibraryExt, World, comemo,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_pdf::PdfOptions;

/// The fonts were not built in, so no PDF can be made.
pub const NO_FONTS: Code = Code::new("reports-no-fonts", 503);

const FONTS: [&str; 2] = ["fonts/NotoSansSC-Regular.ttf", "fonts/NotoSansSC-Bold.ttf"];
/// Renderings for which typst keeps what it has worked out; the fonts and the templates are the same in all.
const KEEP: usize = 4;

/// What is the same for all papers, made once.
struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: FileId,
    data: FileId,
}

static PRESS: LazyLock<Option<Press>> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONTS
        .iter()
        .filter_map(|path| Font::new(Bytes::new(shell::assets::file(path)?), 0))
        .collect();
    let file = |path: &str| {
        let path = VirtualPath::new(path).ok()?;
        Some(RootedPath::new(VirtualRoot::Project, path).intern())
    };
    (fonts.len() == FONTS.len()).then_some(())?;
    Some(Press {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        main: file("/main.typ")?,
        data: file("/data.json")?,
    })
});

/// One paper: the press and what is to be printed.
struct Paper {
    press: &'static Press,
    template: Source,
    data: Bytes,
}

impl World for Paper {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.press.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main() {
            Ok(self.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.press.data {
            Ok(self.data.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    // The day of printing is data like everything else; the paper asks no clock.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The PDF of a template and its data. Takes some hundred milliseconds of one processor: call it where blocking is
/// allowed.
pub fn set(template: &'static str, data: &Value) -> Result<Vec<u8>> {
    let Some(press) = PRESS.as_ref() else {
        return Err(Problem::new(NO_FONTS));
    };
    let paper = Paper {
        press,
        template: Source::new(press.main, template.to_owned()),
        data: Bytes::from_string(data.to_string()),
    };
    let broken = |errors: &[typst::diag::SourceDiagnostic]| {
        let words: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
        Problem::internal(format!("the paper cannot be set: {}", words.join("; ")))
    };
    let document = typst::compile(&paper).output.map_err(|errors| broken(&errors))?;
    let pdf = typst_pdf::pdf(&document, &PdfOptions::default()).map_err(|errors| broken(&errors));
    comemo::evict(KEEP);
    pdf
}
