
/*
 * The meta-schemas, so that schemas may refer to them: draft 7 and 2020-12 with
 * its vocabularies, as published at json-schema.org (read 2026-11) but for
 * white space.
 */

#include "air_jschema_build.h"


typedef struct {
    air_str_t  uri;
    air_str_t  text;
} air_jschema_meta_t;


static const air_jschema_meta_t  air_jschema_metas[] = {

    { air_str("http://json-schema.org/draft-07/schema"),
      air_str(
        "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$id\":"
        "\"http://json-schema.org/draft-07/schema#\",\"title\":\"Core sche"
        "ma meta-schema\",\"definitions\":{\"schemaArray\":{\"type\":\"arra"
        "y\",\"minItems\":1,\"items\":{\"$ref\":\"#\"}},\"nonNegativeIntege"
        "r\":{\"type\":\"integer\",\"minimum\":0},\"nonNegativeIntegerDefau"
        "lt0\":{\"allOf\":[{\"$ref\":\"#/definitions/nonNegativeInteger\"},"
        "{\"default\":0}]},\"simpleTypes\":{\"enum\":[\"array\",\"boolean\""
        ",\"integer\",\"null\",\"number\",\"object\",\"string\"]},\"stringA"
        "rray\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"uniqu"
        "eItems\":true,\"default\":[]}},\"type\":[\"object\",\"boolean\"],"
        "\"properties\":{\"$id\":{\"type\":\"string\",\"format\":\"uri-refe"
        "rence\"},\"$schema\":{\"type\":\"string\",\"format\":\"uri\"},\"$r"
        "ef\":{\"type\":\"string\",\"format\":\"uri-reference\"},\"$comment"
        "\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"descrip"
        "tion\":{\"type\":\"string\"},\"default\":true,\"readOnly\":{\"type"
        "\":\"boolean\",\"default\":false},\"examples\":{\"type\":\"array\""
        ",\"items\":true},\"multipleOf\":{\"type\":\"number\",\"exclusiveMi"
        "nimum\":0},\"maximum\":{\"type\":\"number\"},\"exclusiveMaximum\":"
        "{\"type\":\"number\"},\"minimum\":{\"type\":\"number\"},\"exclusiv"
        "eMinimum\":{\"type\":\"number\"},\"maxLength\":{\"$ref\":\"#/defin"
        "itions/nonNegativeInteger\"},\"minLength\":{\"$ref\":\"#/definitio"
        "ns/nonNegativeIntegerDefault0\"},\"pattern\":{\"type\":\"string\","
        "\"format\":\"regex\"},\"additionalItems\":{\"$ref\":\"#\"},\"items"
        "\":{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#/definitions/schemaAr"
        "ray\"}],\"default\":true},\"maxItems\":{\"$ref\":\"#/definitions/n"
        "onNegativeInteger\"},\"minItems\":{\"$ref\":\"#/definitions/nonNeg"
        "ativeIntegerDefault0\"},\"uniqueItems\":{\"type\":\"boolean\",\"de"
        "fault\":false},\"contains\":{\"$ref\":\"#\"},\"maxProperties\":{\""
        "$ref\":\"#/definitions/nonNegativeInteger\"},\"minProperties\":{\""
        "$ref\":\"#/definitions/nonNegativeIntegerDefault0\"},\"required\""
        ":{\"$ref\":\"#/definitions/stringArray\"},\"additionalProperties\""
        ":{\"$ref\":\"#\"},\"definitions\":{\"type\":\"object\",\"additiona"
        "lProperties\":{\"$ref\":\"#\"},\"default\":{}},\"properties\":{\"t"
        "ype\":\"object\",\"additionalProperties\":{\"$ref\":\"#\"},\"defau"
        "lt\":{}},\"patternProperties\":{\"type\":\"object\",\"additionalPr"
        "operties\":{\"$ref\":\"#\"},\"propertyNames\":{\"format\":\"regex"
        "\"},\"default\":{}},\"dependencies\":{\"type\":\"object\",\"additi"
        "onalProperties\":{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#/defini"
        "tions/stringArray\"}]}},\"propertyNames\":{\"$ref\":\"#\"},\"const"
        "\":true,\"enum\":{\"type\":\"array\",\"items\":true},\"type\":{\"a"
        "nyOf\":[{\"$ref\":\"#/definitions/simpleTypes\"},{\"type\":\"array"
        "\",\"items\":{\"$ref\":\"#/definitions/simpleTypes\"},\"minItems\""
        ":1,\"uniqueItems\":true}]},\"format\":{\"type\":\"string\"},\"cont"
        "entMediaType\":{\"type\":\"string\"},\"contentEncoding\":{\"type\""
        ":\"string\"},\"if\":{\"$ref\":\"#\"},\"then\":{\"$ref\":\"#\"},\"e"
        "lse\":{\"$ref\":\"#\"},\"allOf\":{\"$ref\":\"#/definitions/schemaA"
        "rray\"},\"anyOf\":{\"$ref\":\"#/definitions/schemaArray\"},\"oneOf"
        "\":{\"$ref\":\"#/definitions/schemaArray\"},\"not\":{\"$ref\":\"#"
        "\"}},\"default\":true}") },

    { air_str("https://json-schema.org/draft/2020-12/schema"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/schema\",\"$vocabul"
        "ary\":{\"https://json-schema.org/draft/2020-12/vocab/core\":tru"
        "e,\"https://json-schema.org/draft/2020-12/vocab/applicator\":t"
        "rue,\"https://json-schema.org/draft/2020-12/vocab/unevaluated"
        "\":true,\"https://json-schema.org/draft/2020-12/vocab/validati"
        "on\":true,\"https://json-schema.org/draft/2020-12/vocab/meta-d"
        "ata\":true,\"https://json-schema.org/draft/2020-12/vocab/forma"
        "t-annotation\":true,\"https://json-schema.org/draft/2020-12/vo"
        "cab/content\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Core a"
        "nd Validation specifications meta-schema\",\"allOf\":[{\"$ref\":\""
        "meta/core\"},{\"$ref\":\"meta/applicator\"},{\"$ref\":\"meta/uneva"
        "luated\"},{\"$ref\":\"meta/validation\"},{\"$ref\":\"meta/meta-dat"
        "a\"},{\"$ref\":\"meta/format-annotation\"},{\"$ref\":\"meta/conten"
        "t\"}],\"type\":[\"object\",\"boolean\"],\"properties\":{\"definiti"
        "ons\":{\"$comment\":\"\\\"definitions\\\" has been replaced by \\"
        "\"$defs\\\".\",\"type\":\"object\",\"additionalProperties\":{\"$dy"
        "namicRef\":\"#meta\"},\"deprecated\":true,\"default\":{}},\"depend"
        "encies\":{\"$comment\":\"\\\"dependencies\\\" has been split and r"
        "eplaced by \\\"dependentSchemas\\\" and \\\"dependentRequired\\\" "
        "in order to serve their differing semantics.\",\"type\":\"object"
        "\",\"additionalProperties\":{\"anyOf\":[{\"$dynamicRef\":\"#meta\""
        "},{\"$ref\":\"meta/validation#/$defs/stringArray\"}]},\"deprecate"
        "d\":true,\"default\":{}},\"$recursiveAnchor\":{\"$comment\":\"\\\""
        "$recursiveAnchor\\\" has been replaced by \\\"$dynamicAnchor\\\"."
        "\",\"$ref\":\"meta/core#/$defs/anchorString\",\"deprecated\":true}"
        ",\"$recursiveRef\":{\"$comment\":\"\\\"$recursiveRef\\\" has been "
        "replaced by \\\"$dynamicRef\\\".\",\"$ref\":\"meta/core#/$defs/uri"
        "ReferenceString\",\"deprecated\":true}}}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/core"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/core\",\"$voca"
        "bulary\":{\"https://json-schema.org/draft/2020-12/vocab/core\":"
        "true},\"$dynamicAnchor\":\"meta\",\"title\":\"Core vocabulary meta"
        "-schema\",\"type\":[\"object\",\"boolean\"],\"properties\":{\"$id"
        "\":{\"$ref\":\"#/$defs/uriReferenceString\",\"$comment\":\"Non-emp"
        "ty fragments not allowed.\",\"pattern\":\"^[^#]*#?$\"},\"$schema\""
        ":{\"$ref\":\"#/$defs/uriString\"},\"$ref\":{\"$ref\":\"#/$defs/uri"
        "ReferenceString\"},\"$anchor\":{\"$ref\":\"#/$defs/anchorString\"}"
        ",\"$dynamicRef\":{\"$ref\":\"#/$defs/uriReferenceString\"},\"$dyna"
        "micAnchor\":{\"$ref\":\"#/$defs/anchorString\"},\"$vocabulary\":{"
        "\"type\":\"object\",\"propertyNames\":{\"$ref\":\"#/$defs/uriStrin"
        "g\"},\"additionalProperties\":{\"type\":\"boolean\"}},\"$comment\""
        ":{\"type\":\"string\"},\"$defs\":{\"type\":\"object\",\"additional"
        "Properties\":{\"$dynamicRef\":\"#meta\"}}},\"$defs\":{\"anchorStri"
        "ng\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z_][-A-Za-z0-9._]*$"
        "\"},\"uriString\":{\"type\":\"string\",\"format\":\"uri\"},\"uriRe"
        "ferenceString\":{\"type\":\"string\",\"format\":\"uri-reference\"}"
        "}}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/applicator"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/applicator\","
        "\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/"
        "applicator\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Applica"
        "tor vocabulary meta-schema\",\"type\":[\"object\",\"boolean\"],\"p"
        "roperties\":{\"prefixItems\":{\"$ref\":\"#/$defs/schemaArray\"},\""
        "items\":{\"$dynamicRef\":\"#meta\"},\"contains\":{\"$dynamicRef\":"
        "\"#meta\"},\"additionalProperties\":{\"$dynamicRef\":\"#meta\"},\""
        "properties\":{\"type\":\"object\",\"additionalProperties\":{\"$dyn"
        "amicRef\":\"#meta\"},\"default\":{}},\"patternProperties\":{\"type"
        "\":\"object\",\"additionalProperties\":{\"$dynamicRef\":\"#meta\"}"
        ",\"propertyNames\":{\"format\":\"regex\"},\"default\":{}},\"depend"
        "entSchemas\":{\"type\":\"object\",\"additionalProperties\":{\"$dyn"
        "amicRef\":\"#meta\"},\"default\":{}},\"propertyNames\":{\"$dynamic"
        "Ref\":\"#meta\"},\"if\":{\"$dynamicRef\":\"#meta\"},\"then\":{\"$d"
        "ynamicRef\":\"#meta\"},\"else\":{\"$dynamicRef\":\"#meta\"},\"allO"
        "f\":{\"$ref\":\"#/$defs/schemaArray\"},\"anyOf\":{\"$ref\":\"#/$de"
        "fs/schemaArray\"},\"oneOf\":{\"$ref\":\"#/$defs/schemaArray\"},\"n"
        "ot\":{\"$dynamicRef\":\"#meta\"}},\"$defs\":{\"schemaArray\":{\"ty"
        "pe\":\"array\",\"minItems\":1,\"items\":{\"$dynamicRef\":\"#meta\""
        "}}}}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/unevaluated"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/unevaluated\""
        ",\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab"
        "/unevaluated\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Uneva"
        "luated applicator vocabulary meta-schema\",\"type\":[\"object\",\""
        "boolean\"],\"properties\":{\"unevaluatedItems\":{\"$dynamicRef\":"
        "\"#meta\"},\"unevaluatedProperties\":{\"$dynamicRef\":\"#meta\"}}}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/validation"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/validation\","
        "\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/"
        "validation\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Validat"
        "ion vocabulary meta-schema\",\"type\":[\"object\",\"boolean\"],\"p"
        "roperties\":{\"type\":{\"anyOf\":[{\"$ref\":\"#/$defs/simpleTypes"
        "\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/simpleTypes"
        "\"},\"minItems\":1,\"uniqueItems\":true}]},\"const\":true,\"enum\""
        ":{\"type\":\"array\",\"items\":true},\"multipleOf\":{\"type\":\"nu"
        "mber\",\"exclusiveMinimum\":0},\"maximum\":{\"type\":\"number\"},"
        "\"exclusiveMaximum\":{\"type\":\"number\"},\"minimum\":{\"type\":"
        "\"number\"},\"exclusiveMinimum\":{\"type\":\"number\"},\"maxLength"
        "\":{\"$ref\":\"#/$defs/nonNegativeInteger\"},\"minLength\":{\"$ref"
        "\":\"#/$defs/nonNegativeIntegerDefault0\"},\"pattern\":{\"type\":"
        "\"string\",\"format\":\"regex\"},\"maxItems\":{\"$ref\":\"#/$defs/"
        "nonNegativeInteger\"},\"minItems\":{\"$ref\":\"#/$defs/nonNegative"
        "IntegerDefault0\"},\"uniqueItems\":{\"type\":\"boolean\",\"default"
        "\":false},\"maxContains\":{\"$ref\":\"#/$defs/nonNegativeInteger\""
        "},\"minContains\":{\"$ref\":\"#/$defs/nonNegativeInteger\",\"defau"
        "lt\":1},\"maxProperties\":{\"$ref\":\"#/$defs/nonNegativeInteger\""
        "},\"minProperties\":{\"$ref\":\"#/$defs/nonNegativeIntegerDefault"
        "0\"},\"required\":{\"$ref\":\"#/$defs/stringArray\"},\"dependentRe"
        "quired\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":"
        "\"#/$defs/stringArray\"}}},\"$defs\":{\"nonNegativeInteger\":{\"ty"
        "pe\":\"integer\",\"minimum\":0},\"nonNegativeIntegerDefault0\":{\""
        "$ref\":\"#/$defs/nonNegativeInteger\",\"default\":0},\"simpleTypes"
        "\":{\"enum\":[\"array\",\"boolean\",\"integer\",\"null\",\"number"
        "\",\"object\",\"string\"]},\"stringArray\":{\"type\":\"array\",\"i"
        "tems\":{\"type\":\"string\"},\"uniqueItems\":true,\"default\":[]}}"
        "}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/meta-data"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/meta-data\",\""
        "$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/m"
        "eta-data\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Meta-data"
        " vocabulary meta-schema\",\"type\":[\"object\",\"boolean\"],\"prop"
        "erties\":{\"title\":{\"type\":\"string\"},\"description\":{\"type"
        "\":\"string\"},\"default\":true,\"deprecated\":{\"type\":\"boolean"
        "\",\"default\":false},\"readOnly\":{\"type\":\"boolean\",\"default"
        "\":false},\"writeOnly\":{\"type\":\"boolean\",\"default\":false},"
        "\"examples\":{\"type\":\"array\",\"items\":true}}}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/format-annotation"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/format-annot"
        "ation\",\"$vocabulary\":{\"https://json-schema.org/draft/2020-12"
        "/vocab/format-annotation\":true},\"$dynamicAnchor\":\"meta\",\"tit"
        "le\":\"Format vocabulary meta-schema for annotation results\",\""
        "type\":[\"object\",\"boolean\"],\"properties\":{\"format\":{\"type"
        "\":\"string\"}}}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/format-assertion"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/format-asser"
        "tion\",\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/"
        "vocab/format-assertion\":true},\"$dynamicAnchor\":\"meta\",\"title"
        "\":\"Format vocabulary meta-schema for assertion results\",\"typ"
        "e\":[\"object\",\"boolean\"],\"properties\":{\"format\":{\"type\":"
        "\"string\"}}}") },

    { air_str("https://json-schema.org/draft/2020-12/meta/content"),
      air_str(
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$"
        "id\":\"https://json-schema.org/draft/2020-12/meta/content\",\"$v"
        "ocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/con"
        "tent\":true},\"$dynamicAnchor\":\"meta\",\"title\":\"Content vocab"
        "ulary meta-schema\",\"type\":[\"object\",\"boolean\"],\"properties"
        "\":{\"contentEncoding\":{\"type\":\"string\"},\"contentMediaType\""
        ":{\"type\":\"string\"},\"contentSchema\":{\"$dynamicRef\":\"#meta"
        "\"}}}") },

    { air_null_str, air_null_str }
};


air_str_t
air_jschema_meta(air_str_t uri)
{
    air_str_t                  none = air_null_str;
    const air_jschema_meta_t  *meta;

    for (meta = air_jschema_metas; meta->uri.len != 0; meta++) {
        if (air_str_eq(meta->uri, uri)) {
            return meta->text;
        }
    }

    return none;
}
