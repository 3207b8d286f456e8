import email
import email.policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formataddr, getaddresses, parsedate_to_datetime

message = EmailMessage()
message["Subject"] = "Grüße & more"
message["From"] = Address("Ana Lima", "ana", "example.org")
message["To"] = "Bo <bo@test.org>, cy@test.org"
message["Date"] = "Mon, 06 May 2024 10:00:00 +0200"
message.set_content("Plain text, with ü.\n")
message.add_alternative("<p>HTML</p>\n", subtype="html")
message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="data.csv")
again = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
print(again["subject"], again["to"].addresses, again["from"].addresses[0].display_name)
print([part.get_content_type() for part in again.walk()])
print(again.get_body(("plain",)).get_content(), [(a.get_filename(), a.get_content()) for a in again.iter_attachments()])
print(parsedate_to_datetime(again["date"]), formataddr(("Müller", "m@x.de")), getaddresses(["a <a@b.c>, d@e.f"]))
raw = "Subject: =?utf-8?b?w4k=?= x\r\nX-Long: one\r\n two\r\n\r\nbody\r\n"
old = email.message_from_string(raw)
print(repr(old["x-long"]), email.header.decode_header(old["subject"]), old.get_payload())
try:
    message["Subject"] = "again"
except ValueError as error:
    print(error)
