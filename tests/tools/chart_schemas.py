#!/usr/bin/env python3
"""JSON schemas for kubeconform, made of what Kubernetes and the operators publish themselves.

chart_schemas.py OUT OPENAPI_DIR CRD_FILE...: OPENAPI_DIR is api/openapi-spec/v3 of the Kubernetes
module; CRD files are CustomResourceDefinitions in YAML. Objects refuse fields they do not know.
"""
import json
import pathlib
import sys

import yaml


def strict(node):
    if isinstance(node, list):
        return [strict(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    out = {key: strict(value) for key, value in node.items()}
    if out.get("x-kubernetes-int-or-string"):
        out.pop("type", None)
        out["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    named = isinstance(out.get("properties"), dict) and out.get("type") == "object"
    if named and "additionalProperties" not in out and not out.get("x-kubernetes-preserve-unknown-fields"):
        out["additionalProperties"] = False
    return out


def write(folder, group, version, kind, schema):
    # kubeconform takes the version for the group of the core API.
    name = f"{group or version}_{version}_{kind.lower()}.json"
    (folder / name).write_text(json.dumps(schema), encoding="utf-8")


def from_openapi(folder, source):
    for file in sorted(source.glob("*_openapi.json")):
        schemas = strict(json.loads(file.read_text(encoding="utf-8")).get("components", {}).get("schemas", {}))
        for name, schema in schemas.items():
            kinds = schema.get("x-kubernetes-group-version-kind", [])
            if len(kinds) != 1 or not name.endswith(kinds[0]["kind"]):
                continue
            kind = kinds[0]
            write(folder, kind["group"], kind["version"], kind["kind"],
                  {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}})


def from_definition(folder, file):
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
        if not document or document.get("kind") != "CustomResourceDefinition":
            continue
        spec = document["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            write(folder, spec["group"], version["name"], spec["names"]["kind"], schema)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    from_openapi(folder, pathlib.Path(sys.argv[2]))
    for file in sys.argv[3:]:
        from_definition(folder, pathlib.Path(file))


main()
