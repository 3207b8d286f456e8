"""The objects (ITU-T X.660) that certificates name, by number, short name, long name and dotted form, as OpenSSL has them."""

_TABLE = """
4|MD5|md5|1.2.840.113549.2.5
6|rsaEncryption|rsaEncryption|1.2.840.113549.1.1.1
13|CN|commonName|2.5.4.3
14|C|countryName|2.5.4.6
15|L|localityName|2.5.4.7
16|ST|stateOrProvinceName|2.5.4.8
17|O|organizationName|2.5.4.10
18|OU|organizationalUnitName|2.5.4.11
48|emailAddress|emailAddress|1.2.840.113549.1.9.1
64|SHA1|sha1|1.3.14.3.2.26
83|keyUsage|X509v3 Key Usage|2.5.29.15
85|subjectAltName|X509v3 Subject Alternative Name|2.5.29.17
87|basicConstraints|X509v3 Basic Constraints|2.5.29.19
99|GN|givenName|2.5.4.42
100|SN|surname|2.5.4.4
101|initials|initials|2.5.4.43
105|serialNumber|serialNumber|2.5.4.5
106|title|title|2.5.4.12
107|description|description|2.5.4.13
126|extendedKeyUsage|X509v3 Extended Key Usage|2.5.29.37
129|serverAuth|TLS Web Server Authentication|1.3.6.1.5.5.7.3.1
130|clientAuth|TLS Web Client Authentication|1.3.6.1.5.5.7.3.2
131|codeSigning|Code Signing|1.3.6.1.5.5.7.3.3
132|emailProtection|E-mail Protection|1.3.6.1.5.5.7.3.4
133|timeStamping|Time Stamping|1.3.6.1.5.5.7.3.8
173|name|name|2.5.4.41
174|dnQualifier|dnQualifier|2.5.4.46
180|OCSPSigning|OCSP Signing|1.3.6.1.5.5.7.3.9
391|DC|domainComponent|0.9.2342.19200300.100.1.25
408|id-ecPublicKey|id-ecPublicKey|1.2.840.10045.2.1
415|prime256v1|prime256v1|1.2.840.10045.3.1.7
458|UID|userId|0.9.2342.19200300.100.1.1
509|generationQualifier|generationQualifier|2.5.4.44
510|pseudonym|pseudonym|2.5.4.65
660|street|streetAddress|2.5.4.9
661|postalCode|postalCode|2.5.4.17
668|RSA-SHA256|sha256WithRSAEncryption|1.2.840.113549.1.1.11
672|SHA256|sha256|2.16.840.1.101.3.4.2.1
860|businessCategory|businessCategory|2.5.4.15
955|jurisdictionL|jurisdictionLocalityName|1.3.6.1.4.1.311.60.2.1.1
956|jurisdictionST|jurisdictionStateOrProvinceName|1.3.6.1.4.1.311.60.2.1.2
957|jurisdictionC|jurisdictionCountryName|1.3.6.1.4.1.311.60.2.1.3
1089|organizationIdentifier|organizationIdentifier|2.5.4.97
"""

_OBJECTS = [
    (int(number), *names) for number, *names in (line.split("|") for line in _TABLE.split("\n") if line)
]
_BY_OID = {known[3]: known for known in _OBJECTS}


def by_number(number):
    return next((known for known in _OBJECTS if known[0] == number), None)


def by_oid(oid):
    return _BY_OID.get(oid)


def by_name(name):
    return next((known for known in _OBJECTS if name in known[1:]), None)


def long_name(oid):
    return _BY_OID[oid][2] if oid in _BY_OID else oid
