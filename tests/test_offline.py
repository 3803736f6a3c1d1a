import socket

import pytest

from tests.conftest import NetworkUse


@pytest.mark.parametrize("address", ["192.0.2.7", "198.51.100.3"])
def test_no_socket_connects_to_another_machine(address):
    with socket.socket() as outside, pytest.raises(NetworkUse, match=address):
        outside.connect((address, 80))


def test_no_name_of_another_machine_is_looked_up():
    with pytest.raises(NetworkUse, match="example.com"):
        socket.getaddrinfo("example.com", 443)


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
