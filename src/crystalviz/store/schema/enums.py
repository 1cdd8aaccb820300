"""The words of a configuration; each equals its text, and weaviate-client's member of that name."""

from __future__ import annotations

from enum import StrEnum


class DataType(StrEnum):
    """Types of a property."""

    TEXT = "text"
    TEXT_ARRAY = "text[]"
    INT = "int"
    INT_ARRAY = "int[]"
    BOOL = "boolean"
    BOOL_ARRAY = "boolean[]"
    NUMBER = "number"
    NUMBER_ARRAY = "number[]"
    DATE = "date"
    DATE_ARRAY = "date[]"
    UUID = "uuid"
    UUID_ARRAY = "uuid[]"
    GEO_COORDINATES = "geoCoordinates"
    BLOB = "blob"
    BLOB_HASH = "blobHash"
    PHONE_NUMBER = "phoneNumber"
    OBJECT = "object"
    OBJECT_ARRAY = "object[]"


class Tokenization(StrEnum):
    """How filters and keyword search cut a text into tokens; `WORD` where nothing is said.

    WORD: letters and digits, lower case. LOWERCASE: at white space, lower case.
    WHITESPACE: at white space. FIELD: the whole text, trimmed, is one token.
    TRIGRAM: groups of three letters or digits, lower case. The others need dictionaries
    that a Weaviate server has switched off too unless told otherwise; they are refused.
    """

    WORD = "word"
    WHITESPACE = "whitespace"
    LOWERCASE = "lowercase"
    FIELD = "field"
    TRIGRAM = "trigram"
    GSE = "gse"
    GSE_CH = "gse_ch"
    KAGOME_JA = "kagome_ja"
    KAGOME_KR = "kagome_kr"


class VectorDistances(StrEnum):
    """Distance between two vectors."""

    COSINE = "cosine"
    DOT = "dot"
    L2_SQUARED = "l2-squared"
    HAMMING = "hamming"
    MANHATTAN = "manhattan"


class VectorIndexType(StrEnum):
    """Kinds of a vector index."""

    HNSW = "hnsw"
    FLAT = "flat"
    DYNAMIC = "dynamic"
    HFRESH = "hfresh"


class VectorFilterStrategy(StrEnum):
    """How an HNSW index meets a filter; kept with the configuration."""

    SWEEPING = "sweeping"
    ACORN = "acorn"


class Vectorizers(StrEnum):
    """Who computes the vectors: the caller, always."""

    NONE = "none"


class StopwordsPreset(StrEnum):
    """Lists of words that keyword search leaves out."""

    NONE = "none"
    EN = "en"


class ReplicationDeletionStrategy(StrEnum):
    """How a cluster settles deletions; without meaning on one machine."""

    DELETE_ON_CONFLICT = "DeleteOnConflict"
    NO_AUTOMATED_RESOLUTION = "NoAutomatedResolution"
    TIME_BASED_RESOLUTION = "TimeBasedResolution"


class PQEncoderType(StrEnum):
    """Encoders of product quantization; without effect here."""

    KMEANS = "kmeans"
    TILE = "tile"


class PQEncoderDistribution(StrEnum):
    """Distributions of product quantization's tile encoder; without effect here."""

    LOG_NORMAL = "log-normal"
    NORMAL = "normal"
