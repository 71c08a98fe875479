"""A RadSec server before FreeRADIUS, whose version 3 gives no orders on the connections that its clients made (RFC 6614 §2.5).

radsec_relay.py ADDRESS PORT FREERADIUS_PORT USER CA SERVER.pem SERVER.key CLIENT.pem CLIENT.key

Passes every packet on, both ways. On SIGUSR1 the newest connection of a gateway brings it a Disconnect-Request for USER; what that was
answered is printed: "Disconnect-ACK".
"""

import asyncio
import hashlib
import signal
import ssl
import sys

DISCONNECT_REQUEST, USER_NAME = 40, 1
ANSWERS = {41: "Disconnect-ACK", 42: "Disconnect-NAK"}


def disconnect_request(user):
    """The packet, with its Request Authenticator (RFC 5176 §2.3); the secret is the word of RFC 6614 §2.3."""
    attributes = bytes((USER_NAME, len(user) + 2)) + user
    head = bytes((DISCONNECT_REQUEST, 1)) + (20 + len(attributes)).to_bytes(2, "big")
    return head + hashlib.md5(head + bytes(16) + attributes + b"radsec").digest() + attributes


async def packets(reader):
    """Each whole one of a stream, until it ends."""
    while True:
        try:
            head = await reader.readexactly(4)
            yield head + await reader.readexactly(int.from_bytes(head[2:], "big") - 4)
        except (asyncio.IncompleteReadError, ConnectionError):
            return


async def pass_on(reader, writer):
    """What comes here goes there, but for answers to our own requests."""
    async for packet in packets(reader):
        if packet[0] in ANSWERS:
            print(ANSWERS[packet[0]], flush=True)
        else:
            writer.write(packet)
    writer.close()


def context(protocol, ca, certificate, key):
    """Both ends show a certificate of the CA."""
    made = ssl.SSLContext(protocol)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(ca)
    made.load_cert_chain(certificate, key)
    return made


async def main(address, port, behind, user, ca, server_certificate, server_key, client_certificate, client_key):
    """Serves for ever."""
    gateways = []

    async def serve(reader, writer):
        gateways.append(writer)
        from_server, to_server = await asyncio.open_connection(
            address, int(behind), ssl=context(ssl.PROTOCOL_TLS_CLIENT, ca, client_certificate, client_key))
        await asyncio.gather(pass_on(reader, to_server), pass_on(from_server, writer))

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: gateways[-1].write(disconnect_request(user.encode())))
    server = await asyncio.start_server(serve, address, int(port),
                                        ssl=context(ssl.PROTOCOL_TLS_SERVER, ca, server_certificate, server_key))
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
