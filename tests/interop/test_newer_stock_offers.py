"""What test_stock_offers.py shows with Debian's strongSwan 5.9, with strongSwan 6."""

import unittest

from tests.interop import test_stock_offers
from tests.interop.test_newer_strongswan import NewerClient, NewerGateway


class NewerOffersOfStockClients(NewerClient, test_stock_offers.OffersOfTheirClient):
    """Its client with our gateway."""


class NewerOffersToStockClients(NewerGateway, test_stock_offers.OffersOfTheirGateway):
    """Our client with its gateway."""


if __name__ == "__main__":
    unittest.main()
