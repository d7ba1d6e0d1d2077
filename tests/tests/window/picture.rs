//! Pictures, pixel by pixel.

use std::io::Cursor;

/// A picture in memory.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Red, green, blue and alpha of each pixel, row by row.
    pub(crate) rgba: Vec<u8>,
}

impl Picture {
    pub(crate) fn of_png(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder
            .set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().expect("a PNG");
        let mut rgba = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut rgba).expect("a frame");
        assert_eq!(frame.color_type, png::ColorType::Rgba);
        rgba.truncate(frame.buffer_size());
        Self { width: frame.width, height: frame.height, rgba }
    }

    /// What a phone that is held before it reads off its QR codes.
    pub(crate) fn scanned(&self) -> Vec<String> {
        let [width, height] = [self.width, self.height].map(|side| usize::try_from(side).expect("a screen"));
        let green = |x, y| self.rgba[(y * width + x) * 4 + 1];
        let mut grey = rqrr::PreparedImage::prepare_from_greyscale(width, height, green);
        let codes = grey.detect_grids();
        codes.iter().map(|code| code.decode().expect("a code that can be read").1).collect()
    }
}
