# SPDX-License-Identifier: MIT
"""validate.py SCHEMA FILE: is FILE, a JSON document or one a line, as SCHEMA
says?  And do the keys come in its order?"""
import json
import sys

import jsonschema

BY_LINE = ("pyheapspy.objects", "pyheapspy.sample", "pyheapspy.event")


def in_order(document, schema, path="$"):
    """Keys the schema does not know may stand anywhere."""
    if isinstance(document, list):
        for i, item in enumerate(document):
            in_order(item, schema.get("items", {}), "%s[%d]" % (path, i))
    if not isinstance(document, dict):
        return
    known = list(schema.get("properties", {}))
    have = [key for key in document if key in known]
    if have != [key for key in known if key in document]:
        sys.exit("%s: keys in the order %s" % (path, have))
    for key in have:
        in_order(document[key], schema["properties"][key],
                 "%s.%s" % (path, key))


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    # Strictly UTF-8: an invalid byte is an error here.
    with open(sys.argv[2], encoding="utf-8") as f:
        text = f.read()
    by_line = schema["$id"].split("/")[0] in BY_LINE
    documents = text.splitlines() if by_line else [text]
    # jsonschema is slow: of a million lines the first and some others.
    for one in documents[:1000] + documents[1000::997]:
        document = json.loads(one)
        validator.validate(document)
        in_order(document, schema)


main()
