//! YAML as a tree of plain values, which JSON from the edge is as well.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Number, Value};

use super::InvalidRules;

/// Reads the one document of a file; an empty file is nothing.
pub(super) fn read(text: &str) -> Result<Value, InvalidRules> {
    let documents = Yaml::load_from_str(text).map_err(|error| InvalidRules::Syntax(error.to_string()))?;
    match documents.as_slice() {
        [] => Ok(Value::Null),
        [document] => value(document),
        [_, _, ..] => Err(InvalidRules::Syntax("the file holds more than one document".to_owned())),
    }
}

fn value(node: &Yaml<'_>) -> Result<Value, InvalidRules> {
    Ok(match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(is)) => Value::Bool(*is),
        Yaml::Value(Scalar::Integer(number)) => Value::from(*number),
        Yaml::Value(Scalar::FloatingPoint(number)) => {
            Number::from_f64(number.0).map_or(Value::Null, Value::Number)
        }
        Yaml::Value(Scalar::String(text)) => Value::String(text.to_string()),
        Yaml::Representation(text, ..) => Value::String(text.to_string()),
        Yaml::Sequence(nodes) => Value::Array(nodes.iter().map(value).collect::<Result<_, _>>()?),
        Yaml::Mapping(pairs) => {
            let pair = |(key, node): (&Yaml<'_>, &Yaml<'_>)| Ok((name(key)?, value(node)?));
            Value::Object(pairs.iter().map(pair).collect::<Result<Map<_, _>, InvalidRules>>()?)
        }
        Yaml::Tagged(_, node) => value(node)?,
        Yaml::Alias(_) | Yaml::BadValue => {
            return Err(InvalidRules::Syntax("a value cannot be read".to_owned()));
        }
    })
}

fn name(key: &Yaml<'_>) -> Result<String, InvalidRules> {
    match value(key)? {
        Value::String(text) => Ok(text),
        other @ (Value::Bool(_) | Value::Number(_)) => Ok(other.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(InvalidRules::Syntax("a key is not a text".to_owned()))
        }
    }
}
