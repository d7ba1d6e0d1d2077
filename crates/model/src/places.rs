//! Where Cloudflare's data centres are: their short names begin with the code of an airport nearby (IATA).

#[rustfmt::skip] // a table
const PLACES: [(&str, &str); 96] = [
    ("ams", "Amsterdam"), ("arn", "Stockholm"), ("ath", "Athens"), ("atl", "Atlanta"), ("bcn", "Barcelona"),
    ("beg", "Belgrade"), ("bkk", "Bangkok"), ("blr", "Bengaluru"), ("bna", "Nashville"), ("bog", "Bogotá"),
    ("bom", "Mumbai"), ("bos", "Boston"), ("bru", "Brussels"), ("bts", "Bratislava"), ("bud", "Budapest"),
    ("cai", "Cairo"), ("cdg", "Paris"), ("cgk", "Jakarta"), ("cph", "Copenhagen"), ("cpt", "Cape Town"),
    ("dal", "Dallas"), ("del", "New Delhi"), ("den", "Denver"), ("dfw", "Dallas"), ("dme", "Moscow"),
    ("doh", "Doha"), ("dtw", "Detroit"), ("dub", "Dublin"), ("dus", "Düsseldorf"), ("dxb", "Dubai"),
    ("edi", "Edinburgh"), ("ewr", "Newark"), ("eze", "Buenos Aires"), ("fco", "Rome"), ("fra", "Frankfurt"),
    ("gig", "Rio de Janeiro"), ("got", "Gothenburg"), ("gru", "São Paulo"), ("gva", "Geneva"), ("ham", "Hamburg"),
    ("hel", "Helsinki"), ("hkg", "Hong Kong"), ("iad", "Ashburn"), ("iah", "Houston"), ("icn", "Seoul"),
    ("ist", "Istanbul"), ("jnb", "Johannesburg"), ("kbp", "Kyiv"), ("khi", "Karachi"), ("kix", "Osaka"),
    ("kul", "Kuala Lumpur"), ("lax", "Los Angeles"), ("lga", "New York"), ("lhr", "London"), ("lim", "Lima"),
    ("lis", "Lisbon"), ("lux", "Luxembourg"), ("maa", "Chennai"), ("mad", "Madrid"), ("man", "Manchester"),
    ("mci", "Kansas City"), ("mel", "Melbourne"), ("mex", "Mexico City"), ("mia", "Miami"), ("mnl", "Manila"),
    ("mrs", "Marseille"), ("msp", "Minneapolis"), ("muc", "Munich"), ("mxp", "Milan"), ("nbo", "Nairobi"),
    ("nrt", "Tokyo"), ("ord", "Chicago"), ("osl", "Oslo"), ("otp", "Bucharest"), ("pdx", "Portland"),
    ("per", "Perth"), ("phl", "Philadelphia"), ("phx", "Phoenix"), ("prg", "Prague"), ("qro", "Querétaro"),
    ("rix", "Riga"), ("scl", "Santiago"), ("sea", "Seattle"), ("sin", "Singapore"), ("sjc", "San Jose"),
    ("sof", "Sofia"), ("syd", "Sydney"), ("tlv", "Tel Aviv"), ("tpe", "Taipei"), ("txl", "Berlin"),
    ("vie", "Vienna"), ("vno", "Vilnius"), ("waw", "Warsaw"), ("yul", "Montréal"), ("yyz", "Toronto"),
    ("zrh", "Zurich"),
];

/// The city of a data centre such as `lhr01`; nothing where its code is not known here.
pub(crate) fn place(location: &str) -> Option<&'static str> {
    let code = location.get(..3)?.to_ascii_lowercase();
    PLACES.binary_search_by_key(&code.as_str(), |(known, _)| known).ok().map(|at| PLACES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_centres_are_where_their_codes_say() {
        assert!(PLACES.is_sorted_by(|one, next| one.0 < next.0));
        assert_eq!(
            (place("lhr01"), place("AMS07"), place("sim01"), place("")),
            (Some("London"), Some("Amsterdam"), None, None)
        );
    }
}
