//! The Turkish samples.

use throughline_core::ticket::Priority;

use super::super::{Letter, Person, Sample};

const AYSE: Person = Person {
    name: "Ayşe Yıldırım",
    address: "ayse.yildirim@deniz-kirtasiye.example",
    language: "tr",
};
const ILKER: Person =
    Person {
        name: "İlker Çağlayan", address: "ilker@caglayan-mimarlik.example", language: "tr"
    };
const ZEYNEP: Person =
    Person { name: "Zeynep Öztürk", address: "zeynep.ozturk@posta.example", language: "tr" };

/// See the module.
pub const SAMPLES: &[Sample] = &[
    Sample {
        key: "tr-kargo",
        person: AYSE,
        subject: "Siparişim hâlâ gelmedi (4471 numaralı)",
        letters: &[
            Letter {
                hours_ago: 140,
                text: "Merhaba,\n\
             \n\
             4471 numaralı siparişimi geçen hafta verdim ama kargo hâlâ gelmedi.\n\
             Takip numarası sistemde görünmüyor. Durumu öğrenebilir miyim?\n\
             \n\
             Teşekkürler,\n\
             Ayşe Yıldırım\n\
             Deniz Kırtasiye",
                file: None,
            },
            Letter {
                hours_ago: 92,
                text: "Tekrar merhaba,\n\
             \n\
             kargo şirketini aradım, onlara da bir bilgi gelmemiş. İçinde öğrencilerin defterleri var,\n\
             pazartesiye yetişmesi gerekiyor.\n\
             \n\
             Ayşe",
                file: None,
            },
        ],
        tags: &["kargo"],
        note: Some("Depo ile konuşuldu: paket yanlış şubeye gitmiş, yarın sabah teslim edilecek."),
        status: Some("waiting"),
        priority: Priority::High,
    },
    Sample {
        key: "tr-fatura",
        person: AYSE,
        subject: "Fatura bilgilerini değiştirmek istiyorum",
        letters: &[Letter {
            hours_ago: 60,
            text: "Merhaba,\n\
             \n\
             vergi dairemiz değişti. Yeni faturalarda İzmir Karşıyaka yazmalı.\n\
             Eski faturaların düzeltilmesi mümkün mü?\n\
             \n\
             İyi çalışmalar,\n\
             Ayşe Yıldırım",
            file: None,
        }],
        tags: &["billing"],
        note: None,
        status: None,
        priority: Priority::Normal,
    },
    Sample {
        key: "tr-cizim",
        person: ILKER,
        subject: "Çizim dosyası yüklenmiyor",
        letters: &[
            Letter {
                hours_ago: 33,
                text: "Selam,\n\
             \n\
             80 MB'lık bir çizim yüklemeye çalışıyorum, %90'a gelince hata veriyor.\n\
             Aynı dosya geçen ay sorunsuz yüklenmişti. Günün sonuna kadar müşteriye göndermem lazım.\n\
             \n\
             İlker Çağlayan",
                file: None,
            },
            Letter {
                hours_ago: 31,
                text: "Dosyayı ikiye bölünce yüklendi. Yine de sebebini bilmek isterim.\n\
             \n\
             İlker",
                file: None,
            },
        ],
        tags: &["upload"],
        note: None,
        status: None,
        priority: Priority::High,
    },
    Sample {
        key: "tr-oneri",
        person: ILKER,
        subject: "Küçük bir öneri",
        letters: &[Letter {
            hours_ago: 300,
            text: "Merhaba,\n\
             \n\
             listelerde sütun genişliği her seferinde sıfırlanıyor. Hatırlansa çok iyi olurdu.\n\
             \n\
             Kolay gelsin,\n\
             İlker",
            file: None,
        }],
        tags: &["feature-request"],
        note: Some("Aynı istek üç müşteriden daha gelmişti."),
        status: Some("resolved"),
        priority: Priority::Low,
    },
    Sample {
        key: "tr-iade",
        person: ZEYNEP,
        subject: "İade süreci hakkında",
        letters: &[Letter {
            hours_ago: 26,
            text: "İyi günler,\n\
             \n\
             aldığım kulaklığın sol tarafı çalışmıyor. Kutusunu atmıştım, yine de iade edebilir miyim?\n\
             \n\
             Zeynep Öztürk",
            file: None,
        }],
        tags: &["refund"],
        note: None,
        status: None,
        priority: Priority::Normal,
    },
    Sample {
        key: "tr-sifre",
        person: ZEYNEP,
        subject: "Şifremi unuttum, bağlantı gelmiyor",
        letters: &[Letter {
            hours_ago: 5,
            text: "Merhaba,\n\
             \n\
             üç kez \"şifremi unuttum\" dedim ama e-posta gelmiyor. İstenmeyen klasörüne de baktım.\n\
             İnternet adresim aynı: zeynep.ozturk@posta.example\n\
             \n\
             Zeynep",
            file: None,
        }],
        tags: &["sign-in"],
        note: None,
        status: None,
        priority: Priority::Normal,
    },
];
